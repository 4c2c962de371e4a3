"""Activity: what a user did lately."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from struct import Struct
from typing import Final

from agents.folds import cells
from agents.folds.columns import dump, load
from agents.folds.durations import DAY, FIVE_MINUTES
from agents.folds.latest import place
from agents.folds.sourced import Sourced, fresh
from schemas.packing import RECENT
from schemas.records import ACTION_INDEX, Action, BehaviorEvent, UserActivity
from schemas.strength import strength, thousandths

BUCKETS: Final = 24
TAG_CELLS: Final = 64
RECENTS: Final = 50
"""How many the row keeps: five-minute buckets, sums by day and tag, interactions."""

_RECENT: Final = Struct(RECENT.format)
_IMPRESSION: Final = Action.IMPRESSION.value
_STAMP_OF: Final = itemgetter(0)


def fold(row: UserActivity, events: Sequence[Sourced[BehaviorEvent]]) -> UserActivity:
    """Return the row with the accepted events of its user folded in; the same object if it holds them all.

    Commutative: totals are sums, and of buckets, tag cells and interactions the greatest of all ever seen are kept.
    One that is among them at the end was among them since its first event, so nothing of it was ever dropped. A tag
    cell whose sum is 0 stays: were it to go, it would make room for a lesser one, or not, as the order has it.
    """
    new, applied = fresh(row, events)
    if not new:
        return row
    acts = [sourced.event for sourced in new]
    counts = cells.counted(acts, FIVE_MINUTES)
    tastes: defaultdict[tuple[int, str], int] = defaultdict(int)
    for event in acts:
        if event.tags and (weight := strength(event.action, event.value)):
            day = event.event_time // DAY
            for tag in set(event.tags):
                tastes[day, tag] += weight
    recent, recent_items = _remember(row, [sourced for sourced in new if sourced.event.action != _IMPRESSION])
    tag_cells, tags = _add_tastes(row, tastes) if tastes else (row.tag_cells, row.tags)
    return UserActivity(
        applied=applied,
        buckets=cells.add(row.buckets, counts, BUCKETS),
        tag_cells=tag_cells,
        tags=tags,
        recent=recent,
        recent_items=recent_items,
        totals=cells.add_totals(row.totals, counts),
    )


def _remember(row: UserActivity, new: Sequence[Sourced[BehaviorEvent]]) -> tuple[bytes, list[str]]:
    """Return the row's interactions with the new ones in their places, the latest first."""
    if not new:
        return row.recent, row.recent_items
    stamped = [((sourced.event.event_time, sourced.id_hash), sourced.event) for sourced in new]
    latest = sorted(stamped, key=_STAMP_OF, reverse=True)[:RECENTS]
    entries = [_RECENT.pack(*stamp, thousandths(event.value), ACTION_INDEX[event.action]) for stamp, event in latest]
    if place(row.recent, RECENT.size, latest[-1][0]) == 0:  # mostly so: the earliest new one is later than all
        kept = RECENTS - len(latest)
        items = [event.item_id for _, event in latest]
        return b"".join((*entries, row.recent[: kept * RECENT.size])), items + row.recent_items[:kept]
    recent, items = bytearray(row.recent), row.recent_items.copy()
    for (stamp, event), entry in zip(latest, entries, strict=True):
        index = place(recent, RECENT.size, stamp)
        recent[index * RECENT.size : index * RECENT.size] = entry
        items.insert(index, event.item_id)
    return bytes(recent[: RECENTS * RECENT.size]), items[:RECENTS]


def _add_tastes(row: UserActivity, tastes: Mapping[tuple[int, str], int]) -> tuple[bytes, list[str]]:
    """Return tag cells and tags with each weight added to its (day, tag), of the greatest only."""
    words, tags = load("q", row.tag_cells), row.tags.copy()  # two words a cell: its day and its weight
    days = words[::2]
    for (day, tag), weight in tastes.items():
        first = bisect_left(days, day)
        last = bisect_right(days, day, first)
        at = bisect_left(tags, tag, first, last)
        if at < last and tags[at] == tag:
            words[2 * at + 1] += weight
        else:
            days.insert(at, day)
            tags.insert(at, tag)
            words.insert(2 * at, day)
            words.insert(2 * at + 1, weight)
    del words[: -2 * TAG_CELLS], tags[:-TAG_CELLS]
    return dump(words), tags
