"""Holds: how far the rows that an answer is made of hold the log, as they say themselves.

A row names the last offset of each source partition that altered it, so it holds every earlier event of its key. It
need not name an event that altered nothing: what a row does not prove, `progress.py` does.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from schemas.applied import NOTHING
from schemas.tenancy import TenantKey
from serving.at_least.state import State
from topics.catalog import BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE
from topics.offsets import Partition
from topics.partitioning import partition_of

Holds = Callable[[State, Partition], int]
"""(state, source partition) -> the last offset that an answer from the state is sure to hold; -1 for none."""

EVERYTHING: Final = sys.maxsize
"""An answer that does not depend on a partition holds all of it."""

_ANY_MOMENT: Final = 0
"""How far rows are folded does not depend on what they are decayed to."""


def of_items(tenant: str, items: Sequence[str]) -> Holds:
    """Return what the rows of items hold: of several in one partition what the least of them does."""

    def holds(state: State, at: Partition) -> int:
        if not state.knows(tenant):
            return NOTHING
        if at.topic != ITEM_CHANGE.name:
            return EVERYTHING
        rows = (state.item_row(tenant, item) for item in _there(state, at, tenant, items))
        return _least(at, (row.applied if row else {} for row in rows))

    return holds


def of_profiles(tenant: str, users: Sequence[str]) -> Holds:
    """Return what the profiles of users hold, as `of_items` does."""

    def holds(state: State, at: Partition) -> int:
        if not state.knows(tenant):
            return NOTHING
        if at.topic != USER_CHANGE.name:
            return EVERYTHING
        there = _there(state, at, tenant, users)
        return _least(at, (state.user_rows(tenant, user, _ANY_MOMENT).profile.applied for user in there))

    return holds


def of_user(tenant: str, user: str) -> Holds:
    """Return what all rows of a user hold; of what others did or changed, on which the answer depends too, nothing.

    Of a history the chunk that was folded last counts: two chunks that one batch of events altered become visible one
    after the other, though seldom at a distance that can be measured.
    """
    tables = {BEHAVIOR.name: (USER_ACTIVITY.name, USER_HISTORY.name), USER_CHANGE.name: (USER_PROFILE.name,)}

    def holds(state: State, at: Partition) -> int:
        if at.topic not in tables or not state.knows(tenant) or not _there(state, at, tenant, [user]):
            return NOTHING
        read = state.user_rows(tenant, user, _ANY_MOMENT).state.read
        return _least(at, (read.get(table, {}) for table in tables[at.topic]))

    return holds


def of_stats(tenant: str, item: str, scenario: str | None) -> Holds:
    """Return what the statistics of an item hold: of any partition of behaviour, for the user decides on that."""

    def holds(state: State, at: Partition) -> int:
        if not state.knows(tenant):
            return NOTHING
        if at.topic != BEHAVIOR.name:
            return EVERYTHING
        rows = state.stats_rows(tenant, item, scenario)
        return _least(at, (row.applied for row in rows)) if rows else NOTHING

    return holds


def _there(state: State, at: Partition, tenant: str, ids: Iterable[str]) -> list[str]:
    """Return those of the ids whose keys lie in partitions of this number."""
    place = partial(partition_of, partitions=state.partitions)
    return [each for each in ids if place(TenantKey(tenant, each).encode()) == at.number]


def _least(at: Partition, rows: Iterable[Mapping[str, int]]) -> int:
    """Return the last offset of the partition that all rows hold; EVERYTHING where there is none."""
    number = str(at.number)
    return min((applied.get(number, NOTHING) for applied in rows), default=EVERYTHING)
