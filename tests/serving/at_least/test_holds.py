"""What rows prove: each of the folded log's prefixes up to what they hold, and nothing of it for another tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Item, ItemStats, UserActivity, UserProfile
from schemas.tenancy import TenantKey
from serving.at_least.holds import EVERYTHING, Holds, of_items, of_profiles, of_stats, of_user
from tests.serving.fakes import TENANT, FixedWorld, catalogue_of, state_of
from topics.catalog import BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE
from topics.offsets import Partition
from topics.partitioning import partition_of

PARTITIONS = 4


def place(identity: str) -> int:
    return partition_of(TenantKey(TENANT, identity).encode(), PARTITIONS)


def world(**fields: Any) -> FixedWorld:
    return replace(FixedWorld(catalogue_of([True])), **fields)


offsets = st.lists(st.none() | st.integers(0, 100), min_size=1, max_size=12)


@given(offsets)
def test_of_several_rows_the_least_of_the_partition_counts(folded: list[int | None]) -> None:
    names = [f"i{number}" for number in range(len(folded))]
    rows = {
        name: Item(applied={str(place(name)): offset})
        for name, offset in zip(names, folded, strict=True)
        if offset is not None
    }
    holds = of_items(TENANT, names)
    for number in range(PARTITIONS):
        there = [-1 if at is None else at for name, at in zip(names, folded, strict=True) if place(name) == number]
        assert holds(world(items=rows), Partition(ITEM_CHANGE.name, number)) == min(there, default=EVERYTHING)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_a_user_holds_what_all_rows_do(activity: int, history: int, profile: int) -> None:
    at = place("ada")
    read = {
        USER_ACTIVITY.name: {str(at): activity},
        USER_HISTORY.name: {str(at): history},
        USER_PROFILE.name: {str(at): profile},
    }
    state = world(states={"ada": replace(state_of(), read=read)})
    holds = of_user(TENANT, "ada")
    assert holds(state, Partition(BEHAVIOR.name, at)) == min(activity, history)
    assert holds(state, Partition(USER_CHANGE.name, at)) == profile
    assert holds(state, Partition(USER_CHANGE.name, (at + 1) % PARTITIONS)) == -1, "that of others is not known"
    assert holds(state, Partition(ITEM_CHANGE.name, at)) == -1


def test_a_profile_depends_on_changes_of_its_partition_only() -> None:
    at = place("ada")
    state = world(rows={"ada": (UserProfile(applied={str(at): 7}), UserActivity())})
    holds = of_profiles(TENANT, ["ada"])
    assert holds(state, Partition(USER_CHANGE.name, at)) == 7
    assert holds(state, Partition(USER_CHANGE.name, (at + 1) % PARTITIONS)) == EVERYTHING
    assert holds(state, Partition(BEHAVIOR.name, at)) == EVERYTHING
    assert of_profiles(TENANT, ["new"])(state, Partition(USER_CHANGE.name, place("new"))) == -1


def test_statistics_hold_what_the_rows_of_all_scenarios_do() -> None:
    state = world(
        stats={("tea", "home"): ItemStats(applied={"0": 5, "1": 9}), ("tea", "search"): ItemStats(applied={"0": 3})}
    )
    at = [Partition(BEHAVIOR.name, number) for number in range(3)]
    assert [of_stats(TENANT, "tea", None)(state, each) for each in at] == [3, -1, -1]
    assert [of_stats(TENANT, "tea", "home")(state, each) for each in at] == [5, 9, -1]
    assert of_stats(TENANT, "cup", None)(state, at[0]) == -1
    assert of_stats(TENANT, "tea", None)(state, Partition(ITEM_CHANGE.name, 0)) == EVERYTHING


def test_of_a_tenant_that_is_not_known_nothing_is_held() -> None:
    every: list[Holds] = [
        of_items("other", ["i"]),
        of_profiles("other", ["u"]),
        of_user("other", "u"),
        of_stats("other", "i", None),
    ]
    for holds in every:
        for topic in (ITEM_CHANGE, USER_CHANGE, BEHAVIOR):
            assert {holds(world(), Partition(topic.name, number)) for number in range(PARTITIONS)} == {-1}
