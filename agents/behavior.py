"""Behaviour agent: what users did becomes their history and activity, and goes on to the items' tables."""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

from agents.folds import activity, history
from agents.folds.sourced import Sourced
from agents.grouping import by_key, fold_rows
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import USER_ACTIVITY, USER_HISTORY
from schemas.records import BehaviorEvent
from schemas.tenancy import chunk_key
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.headers import Origin


def user_key(event: BehaviorEvent) -> bytes:
    """Return the key of the event's user."""
    return f"{event.tenant_id}/{event.user_id}".encode()


def item_key(event: BehaviorEvent) -> bytes:
    """Return the key of the event's item."""
    return f"{event.tenant_id}/{event.item_id}".encode()


def _history_key(event: BehaviorEvent) -> bytes:
    return chunk_key(user_key(event), history.chunk_of(event.event_time))


def fold(events: Sequence[Sourced[BehaviorEvent]], work: Work) -> None:
    """Accept what the history has not seen, fold it into the activity, and forward it in the order of the log.

    What a redelivery brings is accepted again, as it was the first time, and forwarded again: the batch that was
    cut off may have written its rows but not sent its events on. The rows downstream know it by its origin.
    """
    accepted = sorted(chain.from_iterable(_accept(events, work)), key=attrgetter("offset"))
    fold_rows(work, USER_ACTIVITY, by_key(accepted, user_key), activity.fold)
    for sourced in accepted:
        origin = Origin(BEHAVIOR.name, sourced.partition, sourced.offset)
        work.forward(ACCEPTED, item_key(sourced.event), origin)


def _accept(events: Sequence[Sourced[BehaviorEvent]], work: Work) -> list[list[Sourced[BehaviorEvent]]]:
    accepted = []
    for key, theirs in by_key(events, _history_key).items():
        row, taken = history.fold(work.get(USER_HISTORY, key), theirs)
        work.put(USER_HISTORY, key, row)
        accepted.append(taken)
    return accepted


BEHAVIOR_AGENT = Agent(
    name="behavior",
    source=BEHAVIOR,
    tables=(USER_HISTORY, USER_ACTIVITY),
    key_of=user_key,
    fold=fold,
)
