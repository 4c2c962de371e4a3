"""Behaviour agent: what users did becomes their history and activity, and goes on to the items' tables."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from agents.folds import activity, history
from agents.folds.sourced import Sourced
from agents.grouping import by_key
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import USER_ACTIVITY, USER_HISTORY
from schemas.records import BehaviorEvent
from schemas.tenancy import chunk_key
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.headers import Origin

_OFFSET: Final = attrgetter("offset")


def user_key(event: BehaviorEvent) -> bytes:
    """Return the key of the event's user."""
    return f"{event.tenant_id}/{event.user_id}".encode()


def item_key(event: BehaviorEvent) -> bytes:
    """Return the key of the event's item."""
    return f"{event.tenant_id}/{event.item_id}".encode()


def _slot(event: BehaviorEvent) -> int:
    return history.slot_of(event.event_time)


def fold(events: Sequence[Sourced[BehaviorEvent]], work: Work) -> None:
    """Accept what the history has not seen, fold it into the activity, and forward it in the order of the log.

    What a redelivery brings is accepted again, as it was the first time, and forwarded again: the batch that was
    cut off may have written its rows but not sent its events on. The rows downstream know it by its origin.
    """
    accepted: list[Sourced[BehaviorEvent]] = []
    for key, theirs in by_key(events, user_key).items():
        taken = _accept(key, theirs, work)
        work.put(USER_ACTIVITY, key, activity.fold(work.get(USER_ACTIVITY, key), taken))
        accepted += taken
    accepted.sort(key=_OFFSET)
    for sourced in accepted:
        origin = Origin(BEHAVIOR.name, sourced.partition, sourced.offset)
        work.forward(ACCEPTED, item_key(sourced.event), origin)


def _accept(key: bytes, events: Sequence[Sourced[BehaviorEvent]], work: Work) -> list[Sourced[BehaviorEvent]]:
    """Return the user's events that the chunks of their times accept, in the order of their offsets."""
    by_slot = by_key(events, _slot)
    accepted: list[Sourced[BehaviorEvent]] = []
    for slot, theirs in by_slot.items():
        accepted += _accept_chunk(chunk_key(key, history.chunk_of(slot)), theirs, work)
    if len(by_slot) > 1:  # seldom
        accepted.sort(key=_OFFSET)
    return accepted


def _accept_chunk(
    row_key: bytes, events: Sequence[Sourced[BehaviorEvent]], work: Work
) -> list[Sourced[BehaviorEvent]]:
    row, accepted = history.fold(work.get(USER_HISTORY, row_key), events)
    work.put(USER_HISTORY, row_key, row)
    return accepted


BEHAVIOR_AGENT = Agent(
    name="behavior",
    source=BEHAVIOR,
    tables=(USER_HISTORY, USER_ACTIVITY),
    key_of=user_key,
    fold=fold,
)
