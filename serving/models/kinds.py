"""Which kinds of models serving can use, and what it makes of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from serving.models.numbering import KnownItems, known_items
from serving.models.shelf import Loaded
from training.artifact.embedding import EMBEDDERS, Embedder
from training.artifact.forward.ranking import LOGITS, RankingModel
from training.artifact.forward.recall import RECALL_MODELS, RecallModel
from training.artifact.model import Model
from training.errors import ArtifactMismatchError
from training.features.feature_set import FeatureSet


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranking model, and the features that it reads."""

    model: RankingModel
    features: FeatureSet


@dataclass(frozen=True)
class Recall:
    """A recall model, and the items that it knows."""

    model: RecallModel
    items: KnownItems
    """The K items, in the order of its scores."""

    artifact: Model
    """What it was made of, of which it holds the same arrays."""

    @cached_property
    def embedder(self) -> Embedder | None:
        """What makes vectors by it, None if its kind makes none; made when first asked for, at 100 bytes an item."""
        make = EMBEDDERS.get(self.artifact.manifest.kind)
        return None if make is None else make(self.artifact)


def _recall(make: Callable[[Model], RecallModel]) -> Callable[[Model], Recall]:
    return lambda model: Recall(make(model), known_items(model.manifest.tenant, model.words["items"]), model)


def _ranking(model: Model) -> Ranking:
    features = FeatureSet(model.manifest.features)
    features.check(model.manifest.feature_digests)
    return Ranking(RankingModel.of(model.manifest, model.tensors), features)


LOADERS: Final[Mapping[str, Callable[[Model], object]]] = {
    **dict.fromkeys(LOGITS, _ranking),
    **{kind: _recall(make) for kind, make in RECALL_MODELS.items()},
}
"""By kind, what makes of an artifact what answers; each raises TrainingError if the artifact does not fit."""


def ready(model: Model) -> Loaded:
    """Return the model as a shelf holds it.

    Raises ArtifactMismatchError if its kind is unknown here or its tensors do not fit its kind, and
    FeatureMismatchError if it was trained on other definitions of features than this process has.
    """
    loader = LOADERS.get(model.manifest.kind)
    if loader is None:
        known = ", ".join(sorted(LOADERS))
        raise ArtifactMismatchError(
            f"model {model.manifest.name} {model.manifest.version} is of kind {model.manifest.kind!r}, which this "
            f"process cannot use (it knows {known}); start a newer version of Tideline, or release another model"
        )
    return Loaded(model.manifest, loader(model))
