from schemas.records import Item, ItemStats
from serving.recall.channels.tag import Tag
from serving.views.world import Views
from tests.changes import TENANT, change, make_views, put
from tests.contracts.channel import ChannelContract, query_of
from tests.serving.fakes import state_of
from topics.changelogs import ITEM, ITEM_STATS


class TestTag(ChannelContract):
    def make(self, views: Views) -> Tag:
        return Tag(views.stats, tags=2, tag_items=100)


def world(tags: dict[str, list[str]], likes: dict[str, int]) -> Views:
    views = make_views()
    put(views.items, [change(ITEM, item, Item(status="active", tags=of_item)) for item, of_item in tags.items()])
    put(views.stats, [change(ITEM_STATS, item, ItemStats(totals={"like": n}), "feed") for item, n in likes.items()])
    return views


async def proposed(views: Views, affinity: dict[str, float], tag_items: int = 100) -> list[str]:
    channel = Tag(views.stats, tags=2, tag_items=tag_items)
    found = await channel.recall(query_of(views, state_of(tags=affinity)), 9)
    return [views.catalogues.of(TENANT).ids[number] for number in found.items]


async def test_equally_liked_items_come_hottest_first() -> None:
    views = world({"cold": ["drama"], "hot": ["drama"], "warm": ["drama"]}, {"hot": 50, "warm": 5})
    assert await proposed(views, {"drama": 1.0}) == ["hot", "warm", "cold"]


async def test_equally_hot_items_come_best_liked_first() -> None:
    views = world({"a": ["war"], "b": ["drama"], "c": ["drama", "war"]}, {})
    assert await proposed(views, {"drama": 2.0, "war": 1.0}) == ["c", "b", "a"]


async def test_having_every_tag_does_not_win() -> None:
    views = world({"all": ["drama", "b", "c", "d", "e"], "one": ["drama"]}, {})
    assert await proposed(views, {"drama": 1.0}) == ["one", "all"]


async def test_disliked_tags_and_tags_beyond_the_best_bring_nothing() -> None:
    views = world({"a": ["horror"], "b": ["war"], "c": ["drama"], "d": ["comedy"]}, {})
    assert await proposed(views, {"horror": -3.0, "war": 2.0, "drama": 1.0, "comedy": 0.5}) == ["b", "c"]


async def test_of_a_very_large_tag_only_hot_items_are_looked_at() -> None:
    views = world({item: ["drama"] for item in "abcdef"}, {"d": 2, "b": 1})
    assert await proposed(views, {"drama": 1.0}, tag_items=5) == ["d", "b"]
