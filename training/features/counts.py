"""Counts: how items did before a moment, as columns."""

from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

WINDOWS: Final = (1, 7, 30, 365)
"""Lengths in days of the windows that events are counted in."""

NEVER: Final = -1
"""Stands for the time of an event that there was not."""


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """What happened to K items before a moment; `training.features.timeline` says what is counted, and how exactly."""

    events: NDArray[np.int64]
    """(K,) actions of users ever; what was merely shown is none."""

    positives: NDArray[np.int64]
    """(K,) those of them that count as liking whatever their value; so no rates."""

    shown: NDArray[np.int64]
    """(K,) impressions ever."""

    rates: NDArray[np.int64]
    """(K,) rates ever."""

    rating_sum: NDArray[np.int64]
    """(K,) sum of their stars, in thousandths."""

    last_event: NDArray[np.int64]
    """(K,) end of the hour or day of the latest action, in milliseconds; -1 where there was none."""

    window_events: NDArray[np.int64]
    """(K, 4) actions in each of WINDOWS."""

    window_positives: NDArray[np.int64]
    """(K, 4) positive actions in each of WINDOWS."""

    window_shown: NDArray[np.int64]
    """(K, 4) impressions in each of WINDOWS."""

    def __len__(self) -> int:
        return len(self.events)

    @classmethod
    def none(cls, items: int) -> Self:
        """Return the counts of so many items of which nothing is known."""
        zero, windows = np.zeros(items, np.int64), np.zeros((items, len(WINDOWS)), np.int64)
        return cls(zero, zero, zero, zero, zero, np.full(items, NEVER), windows, windows, windows)

    def take(self, rows: NDArray[np.intp] | NDArray[np.int32] | NDArray[np.bool_] | slice) -> Self:
        """Return the counts at these positions."""
        return type(self)(*[getattr(self, name)[rows] for name in self.__slots__])

    def over(self, blocks: int) -> Self:
        """Return (K / blocks,) counts: the blocks, which stand one after the other, summed item by item."""
        if blocks == 1:
            return self
        columns = {}
        for field in fields(self):
            column: NDArray[np.int64] = getattr(self, field.name)
            stacked = column.reshape(blocks, len(column) // blocks, *column.shape[1:])
            columns[field.name] = stacked.max(axis=0) if field.name == "last_event" else stacked.sum(axis=0)
        return replace(self, **columns)
