"""Splits by time: what a model may see, and what it is to foretell."""

from collections import defaultdict
from collections.abc import Iterable
from math import floor
from typing import TypeAlias

from schemas.records import BehaviorEvent
from training.errors import UnfitExamplesError

Events: TypeAlias = list[BehaviorEvent]


def per_user(events: Iterable[BehaviorEvent], share: float) -> tuple[Events, Events]:
    """Return the events without each user's latest `share`, and those; of one event there is no later half.

    It is not free of leaks between users: what one does early may be later than what is to be foretold of another.
    Raises UnfitExamplesError if one of the two is empty.
    """
    by_user: defaultdict[str, Events] = defaultdict(list)
    for event in _in_order(events):
        by_user[event.user_id].append(event)
    before, after = [], []
    for own in by_user.values():
        cut = floor(len(own) * (1 - share))
        before += own[:cut]
        after += own[cut:]
    return _both(before, after)


def global_time(events: Iterable[BehaviorEvent], share: float) -> tuple[Events, Events]:
    """Return the events without the latest `share` of all, and those. Raises UnfitExamplesError if one is empty."""
    ordered = _in_order(events)
    cut = round(len(ordered) * (1 - share))
    return _both(ordered[:cut], ordered[cut:])


def _in_order(events: Iterable[BehaviorEvent]) -> Events:
    """Return the events by time; of one time by user and item, numbers as numbers: the order of a set of events."""
    return sorted(events, key=lambda event: (event.event_time, *_place(event.user_id), *_place(event.item_id)))


def _place(name: str) -> tuple[int, str]:
    return (len(name), name) if name.isdigit() else (-1, name)


def _both(before: Events, after: Events) -> tuple[Events, Events]:
    if not before or not after:
        raise UnfitExamplesError(
            f"{len(before)} events before the cut and {len(after)} after it: nothing to learn from, or to foretell"
        )
    return before, after
