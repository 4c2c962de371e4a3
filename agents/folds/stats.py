"""Statistics: how an item did in one scenario."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from agents.folds import cells
from agents.folds.durations import DAY, HOUR
from agents.folds.sourced import Sourced, fresh
from schemas.records import ACTION_INDEX, Action, BehaviorEvent, ItemStats
from schemas.strength import stars

HOURS: Final = 48
DAYS: Final = 60
"""How many hours and days the row keeps, of those that hold anything."""

_RATE: Final = Action.RATE.value


def fold(row: ItemStats, events: Sequence[Sourced[BehaviorEvent]]) -> ItemStats:
    """Return the row with the accepted events of its item and scenario folded in; the same object if it holds them.

    Commutative: sums of whole numbers, and the greatest buckets (`agents.folds.cells.add`).
    """
    new, applied = fresh(row, events)
    if not new:
        return row
    totals = row.totals.copy()
    rating_sum = row.rating_sum
    hours: defaultdict[tuple[int, int], int] = defaultdict(int)
    days: defaultdict[tuple[int, int], int] = defaultdict(int)
    for sourced in new:
        event = sourced.event
        action = ACTION_INDEX[event.action]
        totals[event.action] = totals.get(event.action, 0) + 1
        hours[event.event_time // HOUR, action] += 1
        days[event.event_time // DAY, action] += 1
        if event.action == _RATE:
            rating_sum += stars(event.value)
    return ItemStats(
        applied=applied,
        hours=cells.add(row.hours, hours, HOURS),
        days=cells.add(row.days, days, DAYS),
        totals=totals,
        rating_sum=rating_sum,
    )
