"""Statistics: how an item did in one scenario."""

from collections import Counter
from operator import attrgetter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.folds import stats
from agents.folds.durations import DAY, HOUR
from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, BehaviorEvent, ItemStats
from schemas.strength import stars
from tests.agents.folds.worlds import NOW, behaviors, flood
from tests.contracts.fold import FoldContract
from tests.contracts.stages import acceptance, log_of, table


class TestStats(FoldContract):
    source = "user_id"
    events = behaviors
    many = flood(users=300, items=1, days=100)
    stages = (acceptance(), table("item_stats", attrgetter("item_id", "scenario"), ItemStats(), stats.fold))
    max_bytes = (48 * 2 + 60 * 14) * CELLS.size + 500


@pytest.mark.parametrize(
    ("field", "width", "keep"), [("hours", HOUR, stats.HOURS), ("days", DAY, stats.DAYS)], ids=["hours", "days"]
)
@given(st.lists(behaviors, unique_by=attrgetter("event_id")))
@example(events=flood(300, 1, 100))
def test_buckets_count(field: str, width: int, keep: int, events: list[BehaviorEvent]) -> None:
    row = stats.fold(ItemStats(), log_of(events, "user_id"))
    counts = Counter((event.event_time // width, ACTION_INDEX[event.action]) for event in events)
    kept = sorted({bucket for bucket, _ in counts})[-keep:]
    cells = [(*cell, count) for cell, count in sorted(counts.items()) if cell[0] in kept]
    assert CELLS.unpack(getattr(row, field)) == cells


@given(st.lists(behaviors, unique_by=attrgetter("event_id")))
def test_totals_count_and_stars_add_up(events: list[BehaviorEvent]) -> None:
    row = stats.fold(ItemStats(), log_of(events, "user_id"))
    assert row.totals == Counter(event.action for event in events)
    assert row.rating_sum == sum(stars(event.value) for event in events if event.action == "rate")


def test_a_rate_off_the_scale_does_not_outweigh_all_others() -> None:
    rates = [
        BehaviorEvent(f"e{n}", "t", "u", "i", "rate", NOW, value=value) for n, value in enumerate([1e12, 4.0, -1e12])
    ]
    assert stats.fold(ItemStats(), log_of(rates, "user_id")).rating_sum == 9_000
