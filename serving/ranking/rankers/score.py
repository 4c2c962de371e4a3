"""Score: keep what recall found."""

from dataclasses import dataclass
from typing import ClassVar

from serving.candidate import Candidates
from serving.query import Query


@dataclass(frozen=True, slots=True)
class Score:
    """Order by the merged score of the channels."""

    name: ClassVar[str] = "score"

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates by falling merged score."""
        return candidates.ranked(candidates.scores)
