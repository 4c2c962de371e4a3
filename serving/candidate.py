"""Candidates: the items under consideration, as columns."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one channel proposes: P items, best first, none twice."""

    items: NDArray[np.int32]
    """(P,) item numbers."""

    scores: NDArray[np.float32]
    """(P,) the channel's own scores, falling; comparable within the channel only."""

    @classmethod
    def none(cls) -> Self:
        """Return the proposal of nothing."""
        return cls(np.empty(0, np.int32), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class Candidates:
    """N items under consideration, in order, none twice; columns, since every stage treats hundreds at once."""

    items: NDArray[np.int32]
    """(N,) item numbers."""

    scores: NDArray[np.float32]
    """(N,) the score of the latest stage that scored."""

    proposed: NDArray[np.float32]
    """(N, C) each channel's score; NaN where a channel did not propose the item."""

    channels: tuple[str, ...]
    """The C channels' names."""

    @classmethod
    def none(cls) -> Self:
        """Return no candidates, of no channels."""
        return cls(np.empty(0, np.int32), np.empty(0, np.float32), np.empty((0, 0), np.float32), ())

    def __len__(self) -> int:
        return len(self.items)

    def take(self, order: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """Return the candidates at these positions, in this order (or where the mask is true)."""
        return type(self)(self.items[order], self.scores[order], self.proposed[order], self.channels)

    def ranked(self, scores: NDArray[np.float32]) -> Self:
        """Return the candidates ordered by `scores`, (N,), falling; equal scores keep their order."""
        order = np.argsort(-scores, kind="stable")
        return type(self)(self.items[order], scores[order], self.proposed[order], self.channels)


def places(items: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return (K,) where in `items`, (N,) of which none stands twice, each of the (K,) wanted ones is.

    Raises LookupError if one is not among them.
    """
    order = np.argsort(items)
    found = order.take(np.searchsorted(items, wanted, sorter=order), mode="clip")
    if not np.array_equal(items[found], wanted):
        raise LookupError(f"items {np.setdiff1d(wanted, items).tolist()} are not among the candidates")
    return found
