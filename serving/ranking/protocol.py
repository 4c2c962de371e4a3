"""The role of a ranker."""

from typing import ClassVar, Protocol

from serving.candidate import Candidates
from serving.query import Query


class Ranker(Protocol):
    """Scores candidates. The contract suite in tests/contracts/ranker.py holds for every one."""

    name: ClassVar[str]

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates ordered by their new score, falling; ties keep recall order."""
        ...
