import numpy as np

from schemas.records import Item, ItemStats
from serving.recall.channels.hot import Hot
from serving.views.world import Views
from tests.changes import TENANT, change, make_views, put
from tests.contracts.channel import ChannelContract, query_of
from tests.serving.fakes import state_of
from topics.changelogs import ITEM, ITEM_STATS


class TestHot(ChannelContract):
    def make(self, views: Views) -> Hot:
        return Hot(views.stats)


async def test_an_item_hidden_since_the_last_ordering_is_not_proposed() -> None:
    views = make_views()
    put(views.items, [change(ITEM, item, Item(status="active")) for item in "ab"])
    put(views.stats, [change(ITEM_STATS, item, ItemStats(totals={"like": 3}), "feed") for item in "ab"])
    hot = Hot(views.stats)
    assert len((await hot.recall(query_of(views, state_of()), 9)).items) == 2
    put(views.items, [change(ITEM, "a", Item(status="hidden"))])
    query = query_of(views, state_of())
    assert (await hot.recall(query, 9)).items.tolist() == [views.catalogues.of(TENANT).numbers["b"]]
    assert np.array_equal((await hot.recall(query, 0)).items, [])
