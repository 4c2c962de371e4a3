"""Seen: do not show an item again."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from serving.candidate import Candidates
from serving.query import Query


@dataclass(frozen=True, slots=True)
class Seen:
    """Take out every item that the user acted on; having been shown it is not enough."""

    name: ClassVar[str] = "seen"

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates that the user never acted on, in their order."""
        return candidates.take(np.isin(candidates.items, query.state.seen, invert=True))
