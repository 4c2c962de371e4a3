"""Releasing: an artifact becomes what answers, or an old one does again."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from schemas.model_records import ModelRelease
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.artifact.store import ModelStore
from training.errors import NoReleaseError, WorseModelError

METRIC: Final = "ndcg@10"
"""What two versions of a model are compared by, unless another metric is named."""


def released(
    model: Model,
    store: ModelStore,
    before: Sequence[ModelRelease],
    now_ms: int,
    *,
    metric: str = METRIC,
    force: bool = False,
) -> ModelRelease:
    """Put the model into the store and return its release, to be published.

    Args:
        model: whole, as loaded from a run.
        store: that of all processes.
        before: the tenant's releases of this model, the one that answers first.
        now_ms: the present, in milliseconds.
        metric: what it must not be worse in than the one that answers.
        force: release it nevertheless.

    Raises WorseModelError, and what `ModelStore.put` raises.
    """
    if before and not force:
        check_better(model.manifest, before[0], metric)
    location, manifest = store.put(model)
    return ModelRelease(
        tenant_id=manifest.tenant,
        model=manifest.name,
        version=manifest.version,
        number=_next(before),
        kind=manifest.kind,
        location=location,
        digest=manifest.digest,
        released_at=now_ms,
        metrics=manifest.metrics,
        offsets=manifest.offsets,
    )


def check_better(manifest: Manifest, answering: ModelRelease, metric: str) -> None:
    """Raise WorseModelError if the model is worse than the one that answers; where either lacks the metric, it is not.

    The metrics are of each one's own validation part, so two that were trained on different logs compare roughly.
    """
    now, then = manifest.metrics.get(metric), answering.metrics.get(metric)
    if now is not None and then is not None and now < then:
        raise WorseModelError(
            f"model {manifest.name} {manifest.version} of tenant {manifest.tenant} has {metric} {now:.4f}, less than "
            f"the {then:.4f} of {answering.version}, which answers now; --force releases it nevertheless"
        )


def rolled_back(before: Sequence[ModelRelease], model: str, now_ms: int, version: str | None = None) -> ModelRelease:
    """Return the release of an old version anew, to be published: of this version, or of the one before the latest.

    `before` are the tenant's releases of the model, the one that answers first. Raises NoReleaseError if there is no
    such version.
    """
    if version is None:
        old = before[1] if len(before) > 1 else None
    else:
        old = next((release for release in before if release.version == version), None)
    if old is None:
        known = ", ".join(release.version for release in before) or "none"
        wanted = f"version {version}" if version else "version before the one that answers"
        raise NoReleaseError(f"model {model} has no {wanted}; released are: {known}")
    return replace(old, number=_next(before), released_at=now_ms)


def _next(before: Sequence[ModelRelease]) -> int:
    return before[0].number + 1 if before else 1
