from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, Action, Item, ItemStats
from serving.views.catalogue import Catalogues
from serving.views.items import ItemsView
from serving.views.stats import StatsView
from tests.changes import TENANT, change, put
from tests.contracts.view import OWNERS, ViewContract
from tests.row_strategies import item_stats
from topics.changelogs import ITEM, ITEM_STATS

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
        return [(hot.items.tolist(), hot.scores.tolist()) for hot in found]


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
    assert hot.of(np.array([0], np.int32))[0] > 0


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
