"""Timelines: a row of `item_stats` in a form that hundreds of are read at once, as of any moment.

What is counted before a moment is the sum of the row's buckets that *end* at the moment or before; a window holds
those that end within it. So nothing is counted that may have come later, and a count does not change while its hour is
filled: it is the same whether computed then or later from the log. The price: what happens counts from the end of its
hour on (of its day, where the row keeps hours no more).

- A day is taken by its hours where the row still has all of them.
- Events older than the oldest bucket kept are counted from its beginning on, when all of them had happened; in no
  window, for nobody knows their time. A window therefore holds what the row's 60 days do.
- Rates are not kept by day: there are as many as actions at most, and their mean is that of the row.

A timeline is bytes, so that a view replaces it whole and pays 33 bytes for the object: entries of five int32, sorted:
the hour since 1970 at which a bucket ends, the actions, positive actions and impressions up to there, and the end of
the last bucket with an action, -1 if there was none. Before them, in place of one, stands the greatest int32, then the
rates and the sum of their stars as two int64.
"""

from collections.abc import Sequence
from struct import Struct, pack
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, Action, ItemStats
from training.features.counts import NEVER, WINDOWS, ItemCounts
from training.features.liking import POSITIVE

HOUR_MS: Final = 3_600_000
_DAY: Final = 24
_COLUMNS: Final = 5
_GREATEST: Final = 2**31 - 1

_HEADER: Final = Struct("<iqq")
_CLICK, _SHOWN, _OTHER = (1, 1, 0), (0, 0, 1), (1, 0, 0)
_KINDS: Final = tuple(_CLICK if liked else _OTHER for liked in POSITIVE.tolist())
_KIND: Final = (*_KINDS[: ACTION_INDEX[Action.IMPRESSION]], _SHOWN, *_KINDS[ACTION_INDEX[Action.IMPRESSION] + 1 :])
"""By index of the action: 1 where it counts as an action, as a positive one, as an impression."""


def timeline(stats: ItemStats) -> bytes:
    """Return the row's timeline; its length is 20 bytes times the number of its buckets, and 40.

    In plain Python: most rows hold a few cells, of which numpy would take five times as long.
    """
    cells = _cells(stats)
    first, end = (cells[0][0], cells[0][1]) if cells else (0, 0)
    events = positives = shown = 0
    last = NEVER
    entries = []
    for _, cell_end, action, count in cells:
        if cell_end != end:
            entries.append((end, events, positives, shown, last))
            end = cell_end
        acted, liked, seen = _KIND[action] if action < len(_KIND) else _OTHER
        events, positives, shown = events + acted * count, positives + liked * count, shown + seen * count
        if acted:
            last = end
    entries.append((end, events, positives, shown, last))
    flat = [first, *_older(stats, events, positives, shown)]
    flat.append(first if flat[1] else NEVER)
    if any(flat[1:4]):
        entries = [
            (end, acts + flat[1], likes + flat[2], views + flat[3], max(latest, flat[4]))
            for end, acts, likes, views, latest in entries
        ]
    for entry in entries if cells else ():
        flat += entry
    if max(flat) > _GREATEST:
        flat = [min(number, _GREATEST) for number in flat]
    return _HEADER.pack(_GREATEST, stats.totals.get(Action.RATE, 0), stats.rating_sum) + pack(f"<{len(flat)}i", *flat)


def counts(timelines: Sequence[bytes], as_of_ms: int) -> ItemCounts:
    """Return the counts before the moment, one row a timeline; an empty one stands for an item without events."""
    lengths = np.fromiter(map(len, timelines), np.intp, len(timelines)) // (4 * _COLUMNS)
    known = np.flatnonzero(lengths)
    if not len(known):
        return ItemCounts.none(len(timelines))
    whole = np.frombuffer(b"".join(timelines), np.int32).reshape(-1, _COLUMNS)
    ends = whole[:, 0].copy()
    head = (np.cumsum(lengths) - lengths)[known]

    hour = min(as_of_ms // HOUR_MS, _GREATEST - 1)
    bounds = (hour, *(hour - _DAY * days for days in WINDOWS))
    # How many entries of each timeline end before each bound; its head never does. A row has a few hundred at most.
    reached = np.stack([np.add.reduceat((ends <= bound).view(np.int8), head, dtype=np.int16) for bound in bounds])
    # The first entry holds what is older than all buckets: it is within no window.
    np.maximum(reached[1:], np.minimum(reached[0], 1), out=reached[1:])
    sums = whole.take(head + reached, axis=0).astype(np.int64)
    sums[reached == 0] = 0
    now, windows = sums[0], sums[0] - sums[1:]
    events = now[:, 1]
    rates, rating_sum = whole[head, 1:].view(np.int64).T
    rated = np.minimum(rates, events)
    found = ItemCounts(
        events=events,
        positives=now[:, 2],
        shown=now[:, 3],
        rates=rated,
        rating_sum=np.where(rated < rates, rating_sum // np.maximum(rates, 1) * rated, rating_sum),
        last_event=np.where(events > 0, now[:, 4] * HOUR_MS, NEVER),
        window_events=windows[:, :, 1].T,
        window_positives=windows[:, :, 2].T,
        window_shown=windows[:, :, 3].T,
    )
    return found if len(known) == len(timelines) else _spread(found, known, len(timelines))


def _cells(stats: ItemStats) -> list[tuple[int, int, int, int]]:
    """Return what the row counts, by time: hours since 1970 at which a bucket begins and ends, action, count."""
    hours = CELLS.unpack(stats.hours)
    fine = [(hour, hour + 1, action, count) for hour, action, count in hours]
    if sum([count for _, _, count in hours]) == sum(stats.totals.values()):
        return fine  # as of most rows: the hours hold all events ever
    days = CELLS.unpack(stats.days)
    begin = _first_day_by_hours(days, hours)
    coarse = [(day * _DAY, day * _DAY + _DAY, action, count) for day, action, count in days if day < begin]
    return coarse + [cell for cell in fine if cell[0] >= begin * _DAY]


def _first_day_by_hours(days: Sequence[tuple[int, ...]], hours: Sequence[tuple[int, ...]]) -> int:
    """Return the first day of which the row has all hours: of the day of its first hour it may have lost some."""
    if not hours:
        return _GREATEST
    first = hours[0][0] // _DAY
    of_day = sum(count for day, _, count in days if day == first)
    of_hours = sum(count for hour, _, count in hours if hour // _DAY == first)
    return first if of_hours == of_day else first + 1


def _older(stats: ItemStats, events: int, positives: int, shown: int) -> tuple[int, int, int]:
    """Return the actions, positive actions and impressions of all time beyond those that the row's buckets hold."""
    for action, count in stats.totals.items():
        if action in ACTION_INDEX:
            acted, liked, seen = _KIND[ACTION_INDEX[action]]
            events, positives, shown = events - acted * count, positives - liked * count, shown - seen * count
    return max(-events, 0), max(-positives, 0), max(-shown, 0)


def _spread(found: ItemCounts, rows: NDArray[np.intp], size: int) -> ItemCounts:
    """Return (size,) counts that are those found at `rows`, and nothing elsewhere."""
    at = np.full(size, len(found))
    at[rows] = np.arange(len(found))
    nothing = ItemCounts.none(1)
    columns = {
        name: np.concatenate((getattr(found, name), getattr(nothing, name)))[at] for name in ItemCounts.__slots__
    }
    return ItemCounts(**columns)
