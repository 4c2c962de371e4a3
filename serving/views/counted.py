"""Counted: what rows' timelines count before an hour, kept as long as the hour is asked for and the row stands.

A timeline is exact as of any moment, and its counts are those of the hour that the moment is in. Requests ask for the
hour that it is now, and for hundreds of rows each, mostly those that the requests before them asked for.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.features.counts import WINDOWS, ItemCounts
from training.features.timeline import HOUR_MS, counts

_FEWEST: Final = 1 << 10
_MOST: Final = 1 << 16
"""Rows kept: 150 bytes each."""

_SCALARS: Final = ("events", "positives", "shown", "rates", "rating_sum", "last_event")
_WINDOWED: Final = ("window_events", "window_positives", "window_shown")
_WIDTH: Final = len(_SCALARS) + len(_WINDOWED) * len(WINDOWS)
_NOBODYS: Final = -1


class Counted:
    """The counts of rows that were asked for lately, each in a slot that its number gives. Threads may share it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = Lock()
        self._hour = -1
        self._of, self._counts = _slots(_FEWEST)

    def reserve(self, rows: int) -> None:
        """Make room for so many rows, as far as that is worth it; what is kept is made anew."""
        size = len(self._of)
        if size < min(rows, _MOST):
            with self._lock:
                self._of, self._counts = _slots(min(_MOST, 1 << (rows - 1).bit_length()))

    def before(
        self,
        as_of_ms: int,
        rows: NDArray[np.int32],
        revisions: NDArray[np.int32],
        timelines: Callable[[NDArray[np.int32]], Sequence[bytes]],
    ) -> NDArray[np.int64]:
        """Return (K, C) the counts before the moment as `block` has them.

        Args:
            as_of_ms: the moment.
            rows: (K,) row numbers, which may repeat.
            revisions: (K,) how often each was written, looked up before its timeline is.
            timelines: returns those of these rows.
        """
        hour, of = as_of_ms // HOUR_MS, rows.astype(np.int64) << 32 | revisions
        with self._lock:
            if hour != self._hour:
                self._hour = hour
                self._of.fill(_NOBODYS)
            slots = rows & (len(self._of) - 1)
            found: NDArray[np.int64] = self._counts.take(slots, axis=0)
            missing = np.flatnonzero(self._of.take(slots) != of)
            if len(missing):
                made = block(counts(timelines(rows[missing]), as_of_ms))
                found[missing] = made
                self._counts[slots[missing]] = made
                self._of[slots[missing]] = of[missing]
        return found


def _slots(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (size,) row and revision that each slot's counts are of, in one number; and (size, C) those counts."""
    return np.full(size, _NOBODYS, np.int64), np.zeros((size, _WIDTH), np.int64)


def block(counts: ItemCounts) -> NDArray[np.int64]:
    """Return (K, C) the counts of K items, a row an item: read at random, they lie together."""
    parts: list[NDArray[Any]] = [getattr(counts, name)[:, np.newaxis] for name in _SCALARS]
    return np.concatenate([*parts, *(getattr(counts, name) for name in _WINDOWED)], axis=1)


def of_block(rows: NDArray[np.int64]) -> ItemCounts:
    """Return the counts that `block` made the rows of: (K, C)."""
    columns = np.ascontiguousarray(rows.T)
    scalars = dict(zip(_SCALARS, columns, strict=False))
    windowed = columns[len(_SCALARS) :].reshape(len(_WINDOWED), len(WINDOWS), len(rows))
    return ItemCounts(**scalars, **{name: part.T for name, part in zip(_WINDOWED, windowed, strict=True)})
