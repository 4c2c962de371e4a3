"""Audience: the latest users who liked an item."""

from collections.abc import Sequence
from struct import Struct
from typing import Final

from agents.folds.latest import place
from agents.folds.sourced import Sourced, fresh
from schemas.packing import STAMPS
from schemas.records import BehaviorEvent, ItemAudience
from schemas.strength import is_positive

VISITS: Final = 100
"""How many users the row keeps."""

_VISIT: Final = Struct(STAMPS.format)
_WIDTH: Final = STAMPS.size


def fold(row: ItemAudience, events: Sequence[Sourced[BehaviorEvent]]) -> ItemAudience:
    """Return the row with the users of the positive ones among the events; the same object if none is later.

    Commutative and idempotent: a user's visit is the greatest of their stamps, and the users with the greatest visits
    are kept. Visits only grow, so a user who is among them at the end was among them since that greatest visit.
    """
    new, applied = fresh(row, events)
    visits = bytearray(row.visits)
    users = row.users.copy()
    changed = False
    for sourced in new:
        event = sourced.event
        if is_positive(event.action, event.value):
            changed |= _visit(visits, users, event.user_id, (event.event_time, sourced.id_hash))
    return ItemAudience(applied=applied, visits=bytes(visits), users=users) if changed else row


def _visit(visits: bytearray, users: list[str], user: str, stamp: tuple[int, int]) -> bool:
    """Put the user's visit in its place, unless a later one is there or there is no room; return whether it is new."""
    index = place(visits, _WIDTH, stamp)
    while index < len(users) and users[index] > user and _VISIT.unpack_from(visits, index * _WIDTH) == stamp:
        index += 1  # two users may have used one event id: without an order of their own the first to come would lead
    if index == VISITS:
        return False
    if user in users:
        before = users.index(user)
        if before < index or _VISIT.unpack_from(visits, before * _WIDTH) == stamp:
            return False
        del visits[before * _WIDTH : (before + 1) * _WIDTH], users[before]
    visits[index * _WIDTH : index * _WIDTH] = _VISIT.pack(*stamp)
    users.insert(index, user)
    del visits[VISITS * _WIDTH :], users[VISITS:]
    return True
