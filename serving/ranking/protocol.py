"""The role of a ranker."""

from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Candidates
from serving.query import Query
from training.features.feature_set import FeatureSet


class Ranker(Protocol):
    """Scores candidates. The contract suite in tests/contracts/ranker.py holds for every one."""

    name: ClassVar[str]

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates ordered by their new score, falling; ties keep recall order."""
        ...


class Scorer(Protocol):
    """What scores the candidates of one request by their features: a model as it is now, whatever is released next."""

    @property
    def version(self) -> str:
        """The model's version."""

    @property
    def features(self) -> FeatureSet:
        """What it reads."""

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,) how good each candidate is, finite, for the features (N, F)."""
        ...


@runtime_checkable
class ReadsFeatures(Protocol):
    """What a ranker is, too, if it reads features; they are computed for no other."""

    def scorer(self, query: Query) -> Scorer | None:
        """Return what scores the query's candidates; None if there is no model for it, and `rank` is to decide."""
        ...
