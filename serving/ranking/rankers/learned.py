"""Rankers of released models: each scores the candidates by their features."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Candidates
from serving.errors import WrongModelError
from serving.models.kinds import Ranking
from serving.models.shelf import Shelf
from serving.query import Query
from serving.ranking.protocol import Scorer
from training.features.feature_set import FeatureSet


@dataclass(frozen=True, slots=True)
class ModelScorer:
    """A released model at one request."""

    version: str
    ranking: Ranking

    @property
    def features(self) -> FeatureSet:
        """What the model was trained on."""
        return self.ranking.features

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,) the probability of the model's first head, 0 to 1, for the features (N, F)."""
        scores: NDArray[np.float32] = self.ranking.model.probabilities(matrix)[:, 0].astype(np.float32, copy=False)
        return scores


@dataclass(frozen=True, slots=True)
class Learned:
    """Orders by what the tenant's released model of the ranker's name says; as recall did while there is none."""

    name: ClassVar[str]
    shelf: Shelf

    def scorer(self, query: Query) -> Scorer | None:
        """Return the model that is released now, if there is one; raise WrongModelError if it is none that ranks."""
        loaded = self.shelf.get(query.tenant, self.name)
        if loaded is None:
            return None
        if not isinstance(loaded.ready, Ranking):
            raise WrongModelError(query.tenant, self.name, loaded.manifest.kind, "ranks")
        return ModelScorer(loaded.version, loaded.ready)

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates by falling merged score: what a request gets without a model or without features."""
        return candidates.ranked(candidates.scores)


class DeepFM(Learned):
    """Factorization machine and deep network on the same embeddings (`training.artifact.forward.deepfm`)."""

    name = "deepfm"


class WideDeep(Learned):
    """Wide crosses beside a deep network (`training.artifact.forward.wide_deep`)."""

    name = "wide_deep"


class TwoTower(Learned):
    """A tower of the user's features and one of the item's (`training.artifact.forward.two_tower`)."""

    name = "two_tower"


class LambdaMART(Learned):
    """Boosted trees (`training.artifact.forward.lambdamart`): what orders best on a log of thousands of lists."""

    name = "lambdamart"
