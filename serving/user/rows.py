"""A user's rows as the service tells them: pure, without gRPC and without a clock."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.packing import CELLS, RECENT
from schemas.records import ACTIONS, UserActivity, UserProfile
from serving.query import UserState

_BUCKET_MS: Final = 300_000
_HOUR_MS: Final = 3_600_000


class UserRows(NamedTuple):
    """What the tables hold of one user; empty rows for a new one."""

    profile: UserProfile
    activity: UserActivity
    state: UserState
    """The same, decayed to the moment that it was asked for."""


class Interaction(NamedTuple):
    """One interaction."""

    item: str
    action: str
    time_ms: int
    value: int
    """In thousandths."""


def attributes(profile: UserProfile) -> dict[str, str]:
    """Return the attributes that have a value."""
    return {name: value for name, value in zip(profile.names, profile.values, strict=True) if value is not None}


def last_hour(rows: UserRows, as_of_ms: int) -> Mapping[str, int]:
    """Return by action how often it was done in the buckets that begin within the hour before the moment.

    A bucket that began before an erasure may hold what was erased, and counts no more.
    """
    found: Counter[str] = Counter()
    for bucket, action, count in CELLS.unpack(rows.activity.buckets):
        begin = bucket * _BUCKET_MS
        if as_of_ms - _HOUR_MS <= begin <= as_of_ms and begin > rows.profile.erased_at and action < len(ACTIONS):
            found[ACTIONS[action]] += count
    return found


def totals(rows: UserRows) -> Mapping[str, int]:
    """Return by action how often it was done ever; nothing of a user who was erased, for they are not dated."""
    return {} if rows.profile.erased_at >= 0 else rows.activity.totals


def interactions(rows: UserRows) -> list[Interaction]:
    """Return the last interactions after an erasure, the latest first."""
    entries = zip(RECENT.unpack(rows.activity.recent), rows.activity.recent_items, strict=True)
    return [
        Interaction(item, ACTIONS[action] if action < len(ACTIONS) else "unknown", time, value)
        for (time, _, value, action), item in entries
        if time > rows.profile.erased_at
    ]
