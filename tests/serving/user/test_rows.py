"""A user's rows are told as they stand, without anything of before an erasure."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.packing import CELLS, RECENT, STAMPS
from schemas.records import ACTION_INDEX, ACTIONS, Action, UserActivity, UserProfile
from serving.query import Recent, UserState
from serving.user.rows import Interaction, UserRows, attributes, interactions, last_hour, totals
from serving.versions import version
from tests.row_strategies import user_activities, user_profiles

MINUTE = 60_000
NOW = 1_700_000_100_000
LIKE, VIEW = ACTION_INDEX[Action.LIKE], ACTION_INDEX[Action.VIEW]


def rows_of(activity: UserActivity, erased_at: int = -1) -> UserRows:
    empty = np.empty(0, np.int64)
    state = UserState(Recent(np.empty(0, np.int32), empty, empty, empty), np.empty(0, np.int32), {})
    return UserRows(UserProfile(erased_at=erased_at), activity, state)


def test_attributes_without_a_value_are_left_out() -> None:
    profile = UserProfile(names=["age", "city"], values=[None, "Oslo"], stamps=STAMPS.pack([(2, 1), (1, 1)]))
    assert attributes(profile) == {"city": "Oslo"}


@given(user_profiles())
def test_a_version_is_above_zero_where_something_was_folded(profile: UserProfile) -> None:
    assert (version(profile) == 0) == (not profile.applied)


def test_the_hour_before_is_counted_by_buckets_that_begin_within_it() -> None:
    now = NOW // (5 * MINUTE)  # NOW is the beginning of a bucket
    cells = [(now - 13, VIEW, 9), (now - 12, VIEW, 4), (now - 11, LIKE, 2), (now, VIEW, 1), (now + 1, VIEW, 9)]
    activity = UserActivity(buckets=CELLS.pack(cells))
    assert last_hour(rows_of(activity), NOW) == {"view": 5, "like": 2}
    assert last_hour(rows_of(activity, erased_at=NOW - 55 * MINUTE), NOW) == {"view": 1}
    assert last_hour(rows_of(activity), NOW - 70 * MINUTE) == {}


@given(user_activities(), st.integers(-1, 2**42))
def test_nothing_of_before_an_erasure_is_told(activity: UserActivity, erased_at: int) -> None:
    rows = rows_of(activity, erased_at)
    assert all(each.time_ms > erased_at for each in interactions(rows))
    assert len(interactions(rows_of(activity))) == len(activity.recent_items)
    assert totals(rows) == ({} if erased_at >= 0 else activity.totals)


def test_interactions_come_in_the_order_of_the_row() -> None:
    activity = UserActivity(recent=RECENT.pack([(20, 1, 4500, LIKE), (10, 2, 0, VIEW)]), recent_items=["b", "a"])
    assert interactions(rows_of(activity)) == [Interaction("b", "like", 20, 4500), Interaction("a", "view", 10, 0)]
    newer = UserActivity(recent=RECENT.pack([(20, 1, 0, len(ACTIONS) + 5)]), recent_items=["b"])
    assert interactions(rows_of(newer))[0].action == "unknown", "a newer worker's action"
