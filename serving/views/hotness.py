"""Hotness: how an item did, as one number that fades.

    hotness(as_of) = sum over days and actions of  strength * count * 2 ** (-age of the day / half-life)
                   + all-time share * sum over actions of  strength * count ever

The strengths are those of `schemas.strength`; a `rate` counts by the distance of the item's mean from three stars.
An age is counted from the middle of the day, and is never negative. The second sum keeps an order among items of
which nobody heard for years: without it a world whose last event is of 2018 would have no hot items today.
"""

from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, Action, ItemStats
from schemas.strength import NEUTRAL_STARS
from serving.strength import RATE, STRENGTH
from serving.views.column import Column
from serving.views.counted import Counted
from serving.views.fence import Fence
from serving.views.ordering import best
from serving.views.revisions import Revisions
from training.features.timeline import timeline

DAY_MS: Final = 86_400_000
_NO_EVENTS: Final = b""
_NO_ROW: Final = 0
"""Number of the row that stands for items without statistics."""


class Hotness(NamedTuple):
    """A tenant's items by hotness, as of one version of what it came from; arrays that nobody writes to."""

    items: NDArray[np.int32]
    """(K,) the hottest active items, falling; only those above zero."""

    scores: NDArray[np.float32]
    """(I,) hotness by item number; 0 where nothing is known."""

    warmth: NDArray[np.float32]
    """(I,) 0 to 1 by item number: log(1 + hotness) over that of the hottest one; 0 where nothing is known."""

    version: tuple[int, int]
    """Versions of the statistics and of the catalogue that it was made from."""

    hour: int
    """Hours since 1970 that it was made for."""

    @classmethod
    def of(
        cls,
        scores: NDArray[np.float64],
        active: NDArray[np.bool_],
        most: int,
        version: tuple[int, int] = (0, 0),
        hour: int = 0,
    ) -> Self:
        """Return the order of the `most` hottest active items, by their scores (I,)."""
        items = best(np.where(active, scores, 0.0), most).astype(np.int32)
        logs = np.log1p(np.maximum(scores, 0.0))
        hottest = float(logs.max(initial=0.0))
        warmth = logs / hottest if hottest > 0 else np.zeros(len(scores))
        return cls(items, scores.astype(np.float32), warmth.astype(np.float32), version, hour)


NOTHING_HOT: Final = Hotness.of(np.empty(0), np.empty(0, np.bool_), 0)
"""Where nothing is known."""


class ItemScores:
    """The statistics of a tenant's items in one scenario, as columns; a row for each item that has any."""

    def __init__(self, half_life_days: float, all_time_share: float) -> None:
        self._half_life = half_life_days
        self._share = all_time_share
        self._row_of: Column[np.int32] = Column(np.int32, _NO_ROW)
        self._count = 1
        """Rows so far, that of no item among them."""

        self._fence = Fence()
        self._item: Column[np.int32] = Column(np.int32, 0)
        self._recent: Column[np.float64] = Column(np.float64, 0.0)
        self._last_day: Column[np.int64] = Column(np.int64, 0)
        self._ever: Column[np.float64] = Column(np.float64, 0.0)
        self._timelines = [_NO_EVENTS]
        self._counted = Counted()
        self._revisions = Revisions()
        self.version = 0
        """Grows with every change."""

    def put(self, item: int, stats: ItemStats | None) -> bool:
        """Let the item's statistics be these, or none; return False if they are behind those it has."""
        row = self._row(item)
        with self._revisions.writing(row):
            if stats is None:
                self._fence.forget(row)
                self._recent[row] = self._ever[row] = 0.0
                self._timelines[row] = _NO_EVENTS
            elif self._fence.admits(row, stats.applied):
                rate = _mean_rate(stats)
                self._ever[row] = self._share * _ever(stats, rate)
                self._last_day[row], self._recent[row] = _recent(stats, rate, self._half_life)
                self._timelines[row] = timeline(stats)
            else:
                return False
        self.version += 1
        return True

    def by_item(self, as_of_ms: int, items: int) -> NDArray[np.float64]:
        """Return (items,) the hotness of each item number."""
        rows = self._count
        item = self._item.head(rows)
        age = np.maximum(as_of_ms / DAY_MS - 0.5 - self._last_day.head(rows), 0.0)
        scores = self._recent.head(rows) * np.exp2(-age / self._half_life) + self._ever.head(rows)
        known = item < items
        return np.bincount(item[known], scores[known], items).astype(np.float64, copy=False)

    def counts(self, items: NDArray[np.int32], as_of_ms: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (C, K) what is counted of each item before the moment (`serving.views.counted`), and how far its row
        is folded: (K, P) the last offset of each source partition."""
        rows = self._row_of.take_known(items)
        return self._revisions.whole(
            rows,
            lambda revisions: (
                self._counted.before(as_of_ms, rows, revisions, self._timelines_of),
                self._fence.take(rows),
            ),
        )

    def _timelines_of(self, rows: NDArray[np.int32]) -> list[bytes]:
        timelines = self._timelines
        return [timelines[row] for row in rows.tolist()]

    def _row(self, item: int) -> int:
        self._row_of.reserve(item + 1)
        row = int(self._row_of[item])
        if row == _NO_ROW:
            row = self._count
            for column in (
                self._item,
                self._recent,
                self._last_day,
                self._ever,
                self._counted,
                self._fence,
                self._revisions,
            ):
                column.reserve(row + 1)
            self._item[row] = item
            self._timelines.append(_NO_EVENTS)
            self._count = row + 1  # after all that readers then look at
            self._row_of[item] = row
        return row


def _mean_rate(stats: ItemStats) -> float:
    rates = stats.totals.get(Action.RATE, 0)
    return (stats.rating_sum / rates - NEUTRAL_STARS) / 1000 if rates else 0.0


def _ever(stats: ItemStats, rate: float) -> float:
    """Return the strength of all events ever."""
    known = ((action, count) for action, count in stats.totals.items() if action in ACTION_INDEX)
    return float(sum((rate if action == Action.RATE else STRENGTH[ACTION_INDEX[action]]) * n for action, n in known))


def _recent(stats: ItemStats, rate: float, half_life_days: float) -> tuple[int, float]:
    """Return the last day that holds anything, and the strength of all days, faded to it."""
    cells = CELLS.view(stats.days)
    if not len(cells):
        return 0, 0.0
    last = int(cells["bucket"][-1])
    action = cells["action"]
    strength = np.where(action == RATE, rate, STRENGTH[action])
    return last, float((strength * cells["count"]) @ np.exp2((cells["bucket"] - last) / half_life_days))
