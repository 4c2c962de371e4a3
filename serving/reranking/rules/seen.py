"""Seen: do not show an item again."""

from dataclasses import dataclass
from typing import ClassVar

from serving.candidate import Candidates
from serving.query import Query


@dataclass(frozen=True, slots=True)
class Seen:
    """Take out every item that the user acted on; having been shown it is not enough."""

    name: ClassVar[str] = "seen"

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates that the user never acted on, in their order."""
        seen = query.state.seen
        if not len(seen):
            return candidates
        # They are sorted: `np.isin` does not know that, and costs more than all else of a list made ahead.
        at = seen.searchsorted(candidates.items)
        return candidates.take(seen.take(at, mode="clip") != candidates.items)
