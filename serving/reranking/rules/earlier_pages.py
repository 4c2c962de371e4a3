"""Earlier pages: do not repeat an item on a later page of the same list."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from serving.candidate import Candidates
from serving.query import Query


@dataclass(frozen=True, slots=True)
class EarlierPages:
    """Take out every item that stood on an earlier page. Not to be configured: later pages always have it."""

    name: ClassVar[str] = "earlier_pages"

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates that no earlier page holds, in their order."""
        return candidates.take(np.isin(candidates.items, query.earlier, invert=True))
