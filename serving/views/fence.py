"""Fences: a row that a writer made before another had taken over must not replace the newer one.

A worker that was paused past its session timeout may still send what it had folded (a zombie). Every row carries
`applied`, for each source partition the last offset folded into it, and those never fall while rows are written in
turn: a row that is behind the one it would replace is such a writer's, and is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from schemas.applied import NOTHING, applied_of, is_behind
from serving.views.column import Column

_PARTITIONS: Final = 4


class Fence:
    """The offsets of every row of a view that is kept as columns: 8 bytes a row and source partition."""

    def __init__(self) -> None:
        self._width = _PARTITIONS
        self._offsets: Column[np.int64] = Column(np.int64, NOTHING, self._width)
        self._rows = 0

    def admits(self, row: int, applied: Mapping[str, int]) -> bool:
        """Take the offsets of a row of this number and return True; return False if they are behind those it has."""
        self._fit(row, applied)
        offsets = self._offsets[row]
        if is_behind(applied, applied_of(offsets.tolist())):
            return False
        for partition, offset in applied.items():
            offsets[int(partition)] = offset
        return True

    def take(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return (K, P) a copy of the offsets of these rows, by partition; NOTHING for one that never was."""
        return self._offsets.take(rows)

    def reserve(self, rows: int) -> None:
        """Make room for rows 0 to `rows` - 1; to be done before any reader learns of them."""
        self._offsets.reserve(rows)
        self._rows = max(self._rows, rows)

    def forget(self, row: int) -> None:
        """Admit whatever comes next: the row was deleted."""
        self._fit(row, {})
        self._offsets[row] = NOTHING

    def _fit(self, row: int, applied: Mapping[str, int]) -> None:
        width = max((int(partition) + 1 for partition in applied), default=0)
        if width > self._width:
            wider: Column[np.int64] = Column(np.int64, NOTHING, width)
            wider.reserve(self._rows)
            wider.head(self._rows)[:, : self._width] = self._offsets.head(self._rows)
            self._offsets, self._width = wider, width
        self.reserve(row + 1)
