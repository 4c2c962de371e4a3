import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.packing import USERS
from schemas.records import ACTION_INDEX, Action, Item, ItemNeighbors
from serving.query import Recent, UserState
from serving.recall.channels.item_cf import ItemCF
from serving.views.world import Views
from tests.changes import TENANT, change, make_views, put
from tests.contracts.channel import CONTRACT, NOW, ChannelContract, Rows, query_of, states, views_of, worlds
from topics.changelogs import ITEM, ITEM_NEIGHBORS


class TestItemCF(ChannelContract):
    def make(self, views: Views) -> ItemCF:
        return ItemCF(views.neighbors, seeds=20, half_life_days=30)

    @CONTRACT
    @given(worlds(), st.data())
    def test_never_proposes_a_like(self, world: Rows, data: st.DataObject) -> None:
        views = views_of(world)
        state = data.draw(states(len(views.catalogues.of(TENANT))))
        likes = state.recent.items[state.recent.actions == ACTION_INDEX[Action.LIKE]]
        negative = (ACTION_INDEX[Action.DISLIKE], ACTION_INDEX[Action.HIDE], ACTION_INDEX[Action.RATE])
        likes = np.setdiff1d(likes, state.recent.items[np.isin(state.recent.actions, negative)])
        assert not np.isin(self.recalled(views, query_of(views, state), 9).items, likes).any()


def liking(views: Views, *items: str) -> UserState:
    numbers = np.array([views.catalogues.of(TENANT).numbers[item] for item in items], np.int32)
    times = NOW - np.arange(len(items)) * 1_000
    actions = np.full(len(items), ACTION_INDEX[Action.LIKE])
    return UserState(Recent(numbers, actions, times, np.zeros(len(items), np.int64)), np.unique(numbers), {})


async def test_what_the_same_users_like_comes_first() -> None:
    views = make_views(shrinkage=0)
    users = {"seed": {1, 2, 3, 4}, "near": {1, 2, 3}, "far": {4, 5, 6, 7}, "apart": {8, 9}}
    put(views.items, [change(ITEM, item, Item(status="active")) for item in users])
    rows = {item: ItemNeighbors(users=USERS.pack((u,) for u in sorted(who))) for item, who in users.items()}
    put(views.neighbors, [change(ITEM_NEIGHBORS, item, row) for item, row in rows.items()])
    found = await ItemCF(views.neighbors, 20, 30).recall(query_of(views, liking(views, "seed")), 9)
    assert [views.catalogues.of(TENANT).ids[number] for number in found.items] == ["near", "far"]
