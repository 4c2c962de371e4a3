"""The role of a ranker."""

from typing import ClassVar, Protocol, runtime_checkable

from serving.candidate import Candidates
from serving.query import Query
from training.features.feature_set import FeatureSet


class Ranker(Protocol):
    """Scores candidates. The contract suite in tests/contracts/ranker.py holds for every one."""

    name: ClassVar[str]

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates ordered by their new score, falling; ties keep recall order."""
        ...


@runtime_checkable
class ReadsFeatures(Protocol):
    """What a ranker is, too, if it reads features; they are computed for no other."""

    def features(self, query: Query) -> FeatureSet | None:
        """Return the features that the query's model reads; None if there is no model for it."""
        ...
