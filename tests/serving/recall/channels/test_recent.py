from schemas.records import Item
from serving.recall.channels.recent import RecentlyPublished
from serving.views.world import Views
from tests.changes import TENANT, change, make_views, put
from tests.contracts.channel import NOW, ChannelContract, query_of
from tests.serving.fakes import state_of
from topics.changelogs import ITEM


class TestRecentlyPublished(ChannelContract):
    def make(self, views: Views) -> RecentlyPublished:
        return RecentlyPublished(views.items)


async def test_the_latest_come_first_and_what_is_not_out_yet_does_not_come() -> None:
    views = make_views()
    times = {"old": NOW - 900_000_000, "new": NOW - 1_000, "to come": NOW + 1_000, "newest": NOW}
    put(views.items, [change(ITEM, item, Item(status="active", publish_time=time)) for item, time in times.items()])
    found = await RecentlyPublished(views.items).recall(query_of(views, state_of()), 9)
    assert [views.catalogues.of(TENANT).ids[number] for number in found.items] == ["newest", "new", "old"]
    assert found.scores[0] == 1
