"""Neighbours: a sample of the users who liked an item, coordinated over items so that two samples can be compared."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from agents.folds.columns import dump, load
from agents.folds.sourced import Sourced, fresh
from schemas.hashing import id_hash
from schemas.records import BehaviorEvent, ItemNeighbors
from schemas.strength import is_positive

SAMPLE: Final = 256
"""How many users the row keeps: those with the smallest hashes, the same users for every item that they liked."""


def fold(row: ItemNeighbors, events: Sequence[Sourced[BehaviorEvent]]) -> ItemNeighbors:
    """Return the row with the users of the positive ones among the events; the same object if that adds nobody.

    Commutative and idempotent: it is the smallest hashes of a set. A user who is not among them now never will be,
    for the set only grows; so an event that changes nothing need not even move `applied`.
    """
    new, applied = fresh(row, events)
    users = load("Q", row.users)
    changed = False
    for sourced in new:
        event = sourced.event
        if not is_positive(event.action, event.value):
            continue
        user = id_hash(event.user_id)
        at = bisect_left(users, user)
        if at < SAMPLE and (at == len(users) or users[at] != user):
            users.insert(at, user)
            del users[SAMPLE:]
            changed = True
    return ItemNeighbors(applied=applied, users=dump(users)) if changed else row
