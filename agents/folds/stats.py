"""Statistics: how an item did in one scenario."""

from collections.abc import Sequence
from typing import Final

from agents.folds import cells
from agents.folds.durations import DAY, HOUR
from agents.folds.sourced import Sourced, fresh
from schemas.records import Action, BehaviorEvent, ItemStats
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
    acts = [sourced.event for sourced in new]
    hours = cells.counted(acts, HOUR)
    return ItemStats(
        applied=applied,
        hours=cells.add(row.hours, hours, HOURS),
        days=cells.add(row.days, cells.coarser(hours, DAY // HOUR), DAYS),
        totals=cells.add_totals(row.totals, hours),
        rating_sum=row.rating_sum + sum(stars(event.value) for event in acts if event.action == _RATE),
    )
