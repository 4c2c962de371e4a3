"""What features read of a request is what the tables' rows say of it."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, Action, Item, ItemStats
from serving.candidate import Candidates
from serving.features.moment import moment_of
from serving.query import Query, Recent, UserState
from tests.changes import TENANT, change, make_views, put
from topics.changelogs import ITEM, ITEM_STATS
from training.features.catalog import FEATURES
from training.features.feature_set import FeatureSet
from training.features.moment import Moment

DAY = 86_400_000
NOW = 20_000 * DAY
LIKE = ACTION_INDEX[Action.LIKE]
ITEMS = {
    "a": Item(status="active", categories=["drama"], tags=["slow"], author="ann", publish_time=NOW - 9 * DAY),
    "b": Item(status="active", categories=["comedy"], tags=["fast", "slow"], author="bob", publish_time=NOW - DAY),
    "c": Item(status="active"),
}


def stats(likes: int) -> ItemStats:
    return ItemStats(days=CELLS.pack([(19_998, LIKE, likes)]), totals={"like": likes})


def moment(tmp_path: Path, **state: Any) -> Moment:
    views = make_views(tmp_path)
    put(views.items, [change(ITEM, item, row) for item, row in ITEMS.items()])
    rows = [change(ITEM_STATS, "a", stats(4), "feed"), change(ITEM_STATS, "a", stats(2), "search")]
    put(views.stats, [*rows, change(ITEM_STATS, "b", stats(8), "search")])
    catalogue = views.catalogues.of(TENANT)
    numbers = [catalogue.numbers[item] for item in "cba"]
    times, values = np.array([NOW - 10]), np.array([0])
    recent = Recent(np.array([catalogue.numbers["a"]], np.int32), np.array([LIKE]), times, values)
    user = UserState(recent, np.array([0], np.int32), state.get("tags", {"slow": 2.0, "of no item": 5.0}))
    query = Query(TENANT, "u", "feed", 10, NOW, catalogue, user)
    proposed = np.array([[np.nan], [2], [1]], np.float32)
    candidates = Candidates(np.array(numbers, np.int32), np.array([0, 3, 2], np.float32), proposed, ("tag",))
    world: Any = SimpleNamespace(read_items=views.read_items)
    return moment_of(world, query, candidates).moment


def values(name: str, of: Moment) -> list[float]:
    found: list[float] = FeatureSet([name]).matrix(of)[:, 0].tolist()
    return found


def test_the_columns_are_those_of_candidates_and_of_recent_items(tmp_path: Path) -> None:
    found = moment(tmp_path)
    assert found.counts.events.tolist() == [0, 8, 6]
    assert found.scenario_counts.events.tolist() == [0, 0, 4]
    assert found.recent_counts.events.tolist() == [6]
    assert found.facts.tag_counts.tolist() == [0, 3, 2]
    assert found.recent_facts.publish_time.tolist() == [NOW - 9 * DAY]
    assert found.user.seen == 1
    assert found.channels == ("tag",)


def test_tags_are_matched_by_word(tmp_path: Path) -> None:
    found = moment(tmp_path)
    assert found.user.affinities.tolist() == [2.0, 5.0]
    assert values("cross_tag_sum", found) == [0, 2, 2], "what no item has meets nothing"
    assert values("user_tags", found) == [2, 2, 2], "and is known of the user all the same"
    assert values("cross_author_recents", found) == [0, 0, 1]
    assert values("cross_category_recents", found) == [0, 0, 1]
    assert values("recall_tag_rank", found) == pytest.approx([math.log(2000), 0, math.log(2)])


def test_a_user_of_whom_nothing_is_known_has_a_whole_matrix(tmp_path: Path) -> None:
    matrix = FeatureSet(list(FEATURES)).matrix(moment(tmp_path, tags={}))
    assert matrix.shape == (3, len(FEATURES))
    assert np.isfinite(matrix).all()
