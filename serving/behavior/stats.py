"""What was done with an item, counted from its rows of `item_stats` as of a moment; pure.

A row keeps hours and days: the greatest 48 and 60 that hold anything, each whole. So a stretch of event time is a sum
of hours, and it is exact as long as it does not reach before the first hour that is kept of a row that lost some.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from schemas.packing import CELLS
from schemas.records import ACTIONS, ItemStats

HOUR_MS: Final = 3_600_000
HOURS_KEPT: Final = 48
DAYS_KEPT: Final = 60
_DAY: Final = 24


class Stretch(NamedTuple):
    """Events of one stretch of event time."""

    counts: dict[str, int]
    """By action; those that did not happen are left out."""

    from_ms: int
    until_ms: int
    exact: bool


def last_hours(rows: Sequence[ItemStats], as_of_ms: int, hours: int) -> Stretch:
    """Return what was done in the hour that the moment falls in, and in so many before it; of all rows together."""
    last = as_of_ms // HOUR_MS
    first = max(0, last - hours)
    counts: Counter[str] = Counter()
    exact = True
    for row in rows:
        cells = CELLS.unpack(row.hours)
        exact &= first >= _begin(cells, HOURS_KEPT)
        counts.update(_by_action(cell for cell in cells if first <= cell[0] <= last))
    return Stretch(dict(counts), first * HOUR_MS, (last + 1) * HOUR_MS, exact)


def all_time(rows: Sequence[ItemStats], as_of_ms: int) -> Stretch:
    """Return what was ever done up to the end of the hour that the moment falls in; of all rows together.

    Later events are taken from the totals: those of later days, and of the rest of the moment's day.
    """
    hour = as_of_ms // HOUR_MS
    day = hour // _DAY
    counts: Counter[str] = Counter()
    exact = True
    for row in rows:
        days, hours = CELLS.unpack(row.days), CELLS.unpack(row.hours)
        rest_of_day = [cell for cell in hours if cell[0] > hour and cell[0] // _DAY == day]
        exact &= day + 1 >= _begin(days, DAYS_KEPT) and (
            hour + 1 >= _begin(hours, HOURS_KEPT) or not any(cell[0] == day for cell in days)
        )
        counts.update(row.totals)
        counts.subtract(_by_action([cell for cell in days if cell[0] > day] + rest_of_day))
    return Stretch({name: count for name, count in counts.items() if count > 0}, 0, (hour + 1) * HOUR_MS, exact)


def _begin(cells: Sequence[tuple[int, ...]], kept: int) -> int:
    """Return the first bucket from which on nothing was lost; 0 where nothing ever was."""
    return cells[0][0] if len({cell[0] for cell in cells}) >= kept else 0


def _by_action(cells: Iterable[tuple[int, ...]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for _, action, count in cells:
        if action < len(ACTIONS):
            counts[ACTIONS[action]] += count
    return counts
