"""Cells: counts by time bucket and action, the packed columns `CELLS`, of which the greatest buckets are kept."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from agents.folds.columns import dump, load
from schemas.records import ACTION_INDEX, ACTIONS, BehaviorEvent

_ACTION_BITS: Final = 32
_ACTION: Final = (1 << _ACTION_BITS) - 1
"""A cell is two words: its bucket; and its action in the lower half of the second, its count in the upper."""


def counted(events: Iterable[BehaviorEvent], width: int) -> dict[tuple[int, int], int]:
    """Return how many of the events are of each (bucket, action), buckets being `width` milliseconds long."""
    counts: dict[tuple[int, int], int] = {}  # no Counter: making one takes as long as counting twenty events
    for event in events:
        cell = (event.event_time // width, ACTION_INDEX[event.action])
        counts[cell] = counts.get(cell, 0) + 1
    return counts


def coarser(counts: Mapping[tuple[int, int], int], times: int) -> dict[tuple[int, int], int]:
    """Return the same counts by buckets that are so many times as long."""
    coarse: dict[tuple[int, int], int] = {}
    for (bucket, action), count in counts.items():
        cell = (bucket // times, action)
        coarse[cell] = coarse.get(cell, 0) + count
    return coarse


def add_totals(totals: Mapping[str, int], counts: Mapping[tuple[int, int], int]) -> dict[str, int]:
    """Return the totals by action with the counts added, of whatever bucket."""
    after = dict(totals)
    for (_, action), count in counts.items():
        name = ACTIONS[action]
        after[name] = after.get(name, 0) + count
    return after


def add(cells: bytes, counts: Mapping[tuple[int, int], int], keep: int) -> bytes:
    """Return the cells with the counts of each (bucket, action) added, of the `keep` greatest buckets only.

    Commutative: the buckets kept are the greatest of all ever seen, and one that is among them at the end was among
    them since its first event, for what is seen only grows; so none of its events was ever dropped.
    """
    words = load("q", cells)
    buckets = words[::2]
    new_bucket = False
    for (bucket, action), count in counts.items():
        at = bisect_left(buckets, bucket)
        new_bucket |= at == len(buckets) or buckets[at] != bucket
        while at < len(buckets) and buckets[at] == bucket and words[2 * at + 1] & _ACTION < action:
            at += 1
        if at < len(buckets) and buckets[at] == bucket and words[2 * at + 1] & _ACTION == action:
            words[2 * at + 1] += count << _ACTION_BITS
        else:
            buckets.insert(at, bucket)
            words.insert(2 * at, bucket)
            words.insert(2 * at + 1, count << _ACTION_BITS | action)
    if new_bucket and len(buckets) > keep:
        distinct = sorted(set(buckets))
        del words[: 2 * bisect_left(buckets, distinct[-keep:][0])]
    return dump(words)
