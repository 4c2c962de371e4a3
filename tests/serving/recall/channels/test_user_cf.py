"""Channel user_cf: what the nearest users liked lately."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from schemas.packing import RECENT, STAMPS
from schemas.records import ACTION_INDEX, Action, Item, ItemAudience, UserActivity, UserProfile
from serving.query import Recent, UserState
from serving.recall.channels.user_cf import UserCF
from serving.views.world import Views
from tests.changes import TENANT, begin_users, change, make_views, put
from tests.contracts.channel import NOW, query_of
from topics.changelogs import ITEM, ITEM_AUDIENCE, USER_ACTIVITY, USER_PROFILE

LIKES = {"twin": "abc", "near": "abx", "also": "bcx", "far": "cyz", "stranger": "qz"}


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    with begin_users(make_views(tmp_path)) as views:
        items = sorted(set("".join(LIKES.values())))
        put(views.items, [change(ITEM, item, Item(status="active")) for item in items])
        for item in items:
            users = sorted(user for user, liked in LIKES.items() if item in liked)
            row = ItemAudience(visits=STAMPS.pack((NOW, 0) for _ in users), users=users)
            put(views.audience, [change(ITEM_AUDIENCE, item, row)])
        for user, liked in LIKES.items():
            put(views.activity, [change(USER_ACTIVITY, user, acted(liked))])
        yield views


def acted(items: str, action: Action = Action.LIKE) -> UserActivity:
    entries = [(NOW - place, place, 0, ACTION_INDEX[action]) for place in range(len(items))]
    return UserActivity(recent=RECENT.pack(entries), recent_items=list(items))


def liking(views: Views, items: str) -> UserState:
    numbers = np.array([views.catalogues.of(TENANT).numbers[item] for item in items], np.int32)
    actions = np.full(len(items), ACTION_INDEX[Action.LIKE])
    recent = Recent(numbers, actions, NOW - np.arange(len(items)), np.zeros(len(items), np.int64))
    return UserState(recent, np.unique(numbers), {})


async def proposed(views: Views, items: str = "abc", neighbors: int = 50, limit: int = 9) -> list[str]:
    channel = UserCF(views.audience, views.users, 20, 30.0, neighbors)
    query = query_of(views, liking(views, items), exclude_seen=True)
    found = await channel.recall(query, limit)
    assert (found.scores[:-1] >= found.scores[1:]).all()
    return [views.catalogues.of(TENANT).ids[number] for number in found.items]


async def test_what_the_nearest_like_comes_first(views: Views) -> None:
    assert await proposed(views) == ["x", "y", "z"]
    assert await proposed(views, limit=1) == ["x"]


async def test_only_so_many_neighbours_are_asked(views: Views) -> None:
    assert await proposed(views, "ab", neighbors=2) == ["c", "x"]  # of twin and near, who share both


async def test_what_a_neighbour_merely_saw_does_not_count(views: Views) -> None:
    put(views.activity, [change(USER_ACTIVITY, "far", acted("cyz", Action.VIEW))])
    assert await proposed(views) == ["x"]


async def test_what_somebody_had_erased_is_not_told(views: Views) -> None:
    for user in ("near", "also"):
        put(views.profile, [change(USER_PROFILE, user, UserProfile(erased_at=NOW + 1))])
    assert await proposed(views) == ["y", "z"]


async def test_nobody_knows_a_new_user_nor_another_tenants(views: Views) -> None:
    assert await proposed(views, "") == []
    other = make_views()
    put(other.items, [change(ITEM, "a", Item(status="active"), tenant="other")])
    channel = UserCF(views.audience, views.users, 20, 30.0, 50)
    query = query_of(views, liking(views, "a"))
    strange = type(query)("other", "me", "feed", 9, NOW, query.catalogue, query.state)
    assert not len((await channel.recall(strange, 9)).items)
