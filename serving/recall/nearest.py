"""Nearest: the available items that an index of vectors holds for nearest, though not all hits may be shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Proposal
from serving.views.catalogue import Catalogue
from topics.vector_store import VectorSpace

if TYPE_CHECKING:
    from serving.recall.vector_index import Found, VectorIndex

_MOST: Final = 2_000
"""Hits at most that are asked for: Milvus sorts them all."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """One version's vectors of one tenant, and which items may be told."""

    index: "VectorIndex"
    space: VectorSpace
    version: str
    catalogue: Catalogue
    allowed: NDArray[np.bool_]
    """(I,) by the catalogue's number."""

    async def to(self, vector: NDArray[np.float32], limit: int, more: int = 0) -> Proposal:
        """Return at most `limit` of the allowed items with the greatest product above 0 with the vector (V,).

        `more` is how many hits are likely not allowed: so many are asked for on top.
        """
        wanted = limit + more
        while True:
            wanted = min(wanted, _MOST)
            found = await self.index.search(self.space, self.version, vector, wanted)
            items, scores = self._allowed_of(found)
            if len(items) >= limit or len(found.ids) < wanted or wanted == _MOST:
                return Proposal(items[:limit], scores[:limit])
            wanted *= 4  # most of them may not be shown, which is rare

    def _allowed_of(self, found: "Found") -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return what may be told of what was found, in its order."""
        numbers = np.fromiter((self.catalogue.numbers.get(item, -1) for item in found.ids), np.int32, len(found.ids))
        kept = (numbers >= 0) & (numbers < len(self.allowed)) & (found.scores > 0)
        kept[kept] = self.allowed[numbers[kept]]
        return numbers[kept], found.scores[kept]
