"""Releasing: an artifact becomes what answers, or an old one does again; the same for the command and the service."""

from collections.abc import Mapping, Sequence
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
    request_id: str = "",
) -> ModelRelease:
    """Put the model into the store and return its release, to be published.

    Args:
        model: whole, as loaded from a run.
        store: that of all processes.
        before: the tenant's releases of this model, the one that answers first.
        now_ms: the present, in milliseconds.
        metric: what it must not be worse in than the one that answers.
        force: release it nevertheless.
        request_id: of the client's request; empty for none.

    Raises WorseModelError, and what `ModelStore.put` raises.
    """
    told = model.manifest
    if before and not force:
        check_better(told.version, told.metrics, before[0], metric)
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
        request_id=request_id,
    )


def chosen(
    key: tuple[str, str, str],
    store: ModelStore,
    before: Sequence[ModelRelease],
    now_ms: int,
    *,
    metric: str = METRIC,
    force: bool = False,
    request_id: str = "",
) -> ModelRelease:
    """Return the release of a version that was released before or lies in the store, to be published.

    The one that answers already is returned as it is.

    Args:
        key: tenant, model and version.
        store: that of all processes.
        before: the tenant's releases of this model, the one that answers first.
        now_ms: the present, in milliseconds.
        metric: what it must not be worse in than the one that answers.
        force: release it nevertheless.
        request_id: of the client's request; empty for none.

    Raises NoReleaseError if there is no such version, WorseModelError, and what `ModelStore.find` raises.
    """
    tenant, name, version = key
    old = next((release for release in before if release.version == version), None)
    if old is None:
        model = store.find(tenant, name, version)
        if model is None:
            known = ", ".join(release.version for release in before) or "none"
            raise NoReleaseError(f"model {name} has no version {version}, released or in the store; released: {known}")
        return released(model, store, before, now_ms, metric=metric, force=force, request_id=request_id)
    if old is before[0]:
        return old
    if not force:
        check_better(old.version, old.metrics, before[0], metric)
    return _anew(old, before, now_ms, request_id)


def check_better(version: str, metrics: Mapping[str, float], answering: ModelRelease, metric: str) -> None:
    """Raise WorseModelError if the version is worse than the one that answers; where either lacks the metric, it is
    not.

    The metrics are of each one's own validation part, so two that were trained on different logs compare roughly.
    """
    now, then = metrics.get(metric), answering.metrics.get(metric)
    if now is not None and then is not None and now < then:
        raise WorseModelError(
            f"model {answering.model} {version} of tenant {answering.tenant_id} has {metric} {now:.4f}, less than "
            f"the {then:.4f} of {answering.version}, which answers now; force (--force) releases it nevertheless"
        )


def rolled_back(
    before: Sequence[ModelRelease], model: str, now_ms: int, version: str | None = None, request_id: str = ""
) -> ModelRelease:
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
    return _anew(old, before, now_ms, request_id)


def repeated(before: Sequence[ModelRelease], request_id: str) -> ModelRelease | None:
    """Return the release that a request with this id made, if it is told still; none for an empty id.

    A version's latest release is told only: once the same version was released again, an older request is forgotten.
    """
    return next((release for release in before if request_id and release.request_id == request_id), None)


def unreleased(
    kept: Mapping[str, Sequence[Manifest]], releases: Mapping[str, Sequence[ModelRelease]]
) -> dict[str, list[Manifest]]:
    """Return what lies in the store and was never released, by name; models of which there is nothing are left out."""
    found = {}
    for name, manifests in kept.items():
        versions = {release.version for release in releases.get(name, ())}
        if left := [manifest for manifest in manifests if manifest.version not in versions]:
            found[name] = left
    return found


def _anew(old: ModelRelease, before: Sequence[ModelRelease], now_ms: int, request_id: str) -> ModelRelease:
    return replace(old, number=_next(before), released_at=now_ms, request_id=request_id)


def _next(before: Sequence[ModelRelease]) -> int:
    return before[0].number + 1 if before else 1
