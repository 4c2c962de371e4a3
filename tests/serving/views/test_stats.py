from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.applied import applied_of
from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, Action, Item, ItemStats
from serving.views.catalogue import Catalogues
from serving.views.items import ItemsView
from serving.views.stats import StatsView
from tests.changes import TENANT, change, put
from tests.contracts.view import OWNERS, ViewContract
from tests.row_strategies import item_stats
from topics.changelogs import ITEM, ITEM_STATS
from training.features.counts import ItemCounts
from training.features.timeline import counts, timeline

DAY_MS = 86_400_000
NOW = 20_000 * DAY_MS


def make_view(catalogues: Catalogues, *items: str) -> StatsView:
    put(ItemsView(catalogues, 1), [change(ITEM, item, Item(status="active")) for item in items])
    return StatsView(catalogues, half_life_days=30, all_time_share=0.01, most=100)


class TestStatsView(ViewContract):
    topic = ITEM_STATS
    rows = item_stats()
    chunks = ("feed", "search")

    def make(self, folder: Path) -> StatsView:
        return make_view(Catalogues(), *OWNERS)

    def content(self, view: StatsView) -> Any:
        view.refresh()
        found = [view.hot(TENANT, scenario, NOW) for scenario in ("feed", "search", "none")]
        hot = [(hot.items.tolist(), hot.scores.tolist()) for hot in found]
        owners = np.arange(len(OWNERS), dtype=np.int32)
        return hot, [read(view.counts(TENANT, scenario, owners, NOW)[:2]) for scenario in ("feed", "search", "none")]


def read(found: tuple[ItemCounts, ItemCounts]) -> list[Any]:
    return [getattr(counts, name).tolist() for counts in found for name in ItemCounts.__slots__]


def stats(day: int, action: Action = Action.LIKE, count: int = 1, **fields: Any) -> ItemStats:
    days = CELLS.pack([(day, ACTION_INDEX[action], count)])
    return ItemStats(days=days, totals={action: count}, **fields)


def hot_ids(view: StatsView, catalogues: Catalogues, scenario: str = "feed", as_of: int = NOW) -> list[str]:
    return [catalogues.of(TENANT).ids[number] for number in view.hot(TENANT, scenario, as_of).items]


def test_hotness_is_the_documented_sum() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "a")
    days = CELLS.pack([(19_900, ACTION_INDEX[Action.CLICK], 4), (19_970, ACTION_INDEX[Action.DISLIKE], 1)])
    put(view, [change(ITEM_STATS, "a", ItemStats(days=days, totals={"click": 40, "dislike": 1, "view": 5}), "feed")])
    recent = 4 * 0.5 * 2 ** (-99.5 / 30) - 1 * 2.0 * 2 ** (-29.5 / 30)
    ever = 40 * 0.5 - 1 * 2.0 + 5 * 0.2
    assert view.hot(TENANT, "feed", NOW).scores[0] == pytest.approx(recent + 0.01 * ever, rel=1e-6)


def test_rates_count_by_the_mean_of_their_stars() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "loved", "hated")
    loved = stats(19_999, Action.RATE, 3, rating_sum=14_000)
    hated = stats(19_999, Action.RATE, 9, rating_sum=9_000)
    put(view, [change(ITEM_STATS, "loved", loved, "feed"), change(ITEM_STATS, "hated", hated, "feed")])
    assert hot_ids(view, catalogues) == ["loved"]


def test_what_is_long_past_keeps_an_order() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "a", "b")
    put(
        view,
        [change(ITEM_STATS, "a", stats(9_500, count=2), "x"), change(ITEM_STATS, "b", stats(9_500, count=3), "x")],
    )
    assert hot_ids(view, catalogues, "x") == ["b", "a"]


def test_a_scenario_without_statistics_is_answered_from_all_others() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "a", "b")
    put(
        view,
        [
            change(ITEM_STATS, "a", stats(19_999, count=2), "feed"),
            change(ITEM_STATS, "b", stats(19_999, count=3), "search"),
            change(ITEM_STATS, "a", stats(19_999, Action.IMPRESSION), "shown"),
        ],
    )
    assert hot_ids(view, catalogues, "feed") == ["a"]
    assert hot_ids(view, catalogues, "new") == ["b", "a"]
    assert hot_ids(view, catalogues, "shown") == ["b", "a"]


def test_a_refresh_brings_in_what_has_changed_since() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "a", "b")
    put(view, [change(ITEM_STATS, "a", stats(19_999, count=2), "feed")])
    assert hot_ids(view, catalogues) == ["a"]
    put(view, [change(ITEM_STATS, "b", stats(19_999, count=3), "feed")])
    assert hot_ids(view, catalogues) == ["b", "a"]


def test_only_active_items_are_hot_though_others_are_counted() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues)
    put(view, [change(ITEM_STATS, "mentioned", stats(19_999), "feed")])
    hot = view.hot(TENANT, "feed", NOW)
    assert not len(hot.items)
    assert hot.scores[0] > 0


def test_names_of_scenarios_that_nobody_wrote_to_take_no_memory() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "a")
    put(view, [change(ITEM_STATS, "a", stats(19_999), "feed")])
    known = view.hot(TENANT, "made up", NOW)
    assert all(view.hot(TENANT, f"made up {number}", NOW) is known for number in range(100))


def test_an_unknown_tenant_has_nothing_hot_and_stays_unknown() -> None:
    catalogues = Catalogues()
    assert not len(make_view(catalogues).hot("nobody", "feed", NOW).items)
    assert catalogues.get("nobody") is None


@given(st.dictionaries(st.tuples(st.sampled_from(OWNERS), st.sampled_from(["feed", "search"])), item_stats()))
def test_counts_are_those_of_the_rows_item_by_item(rows: dict[tuple[str, str], ItemStats]) -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, *OWNERS)
    put(view, [change(ITEM_STATS, item, row, scenario) for (item, scenario), row in rows.items()])
    items = np.array([catalogues.of(TENANT).numbers[item] for item in OWNERS[::-1]], np.int32)
    everywhere, in_feed, read_rows = view.counts(TENANT, "feed", items, NOW)
    for at, item in enumerate(OWNERS[::-1]):
        theirs = {scenario: counts([timeline(row)], NOW) for (owner, scenario), row in rows.items() if owner == item}
        for name in ("events", "shown", "rates", "window_events", "window_shown"):
            total = sum((getattr(one, name)[0] for one in theirs.values()), start=np.zeros((), np.int64))
            assert (
                getattr(everywhere, name)[at].tolist()
                == np.broadcast_to(total, getattr(everywhere, name)[at].shape).tolist()
            )
        assert everywhere.last_event[at] == max((one.last_event[0] for one in theirs.values()), default=-1)
        told = {each.chunk: applied_of(each.offsets[at]) for each in read_rows}
        folded = {scenario: row.applied for (owner, scenario), row in rows.items() if owner == item}
        assert {chunk: applied for chunk, applied in told.items() if applied} == {
            chunk: applied for chunk, applied in folded.items() if applied
        }
        feed = theirs.get("feed", ItemCounts.none(1))
        assert read((in_feed.take(slice(at, at + 1)), feed))[:9] == read((feed, feed))[:9]


def test_of_a_tenant_without_statistics_nothing_is_counted() -> None:
    items = np.arange(3, dtype=np.int32)
    found = make_view(Catalogues()).counts("nobody", "feed", items, NOW)[:2]
    assert read(found) == read((ItemCounts.none(3), ItemCounts.none(3)))


def test_an_item_that_came_after_the_statistics_has_none() -> None:
    catalogues = Catalogues()
    view = make_view(catalogues, "a")
    put(view, [change(ITEM_STATS, "a", stats(19_990, count=2), "feed")])
    everywhere, in_search, _ = view.counts(TENANT, "search", np.array([0, 7], np.int32), NOW)
    assert (everywhere.events.tolist(), in_search.events.tolist()) == ([2, 0], [0, 0])
