"""Statistics told from rows against counting the events one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.folds.sourced import Sourced
from agents.folds.stats import DAYS, HOURS, fold
from schemas.hashing import id_hash
from schemas.packing import CELLS
from schemas.records import BehaviorEvent, ItemStats
from serving.behavior.stats import DAYS_KEPT, HOUR_MS, HOURS_KEPT, Stretch, all_time, last_hours
from tests.serving.fakes import NOW

Happened = tuple[int, str]
"""When, in hours from NOW, and what."""

HOUR = NOW // HOUR_MS
happened = st.tuples(st.integers(-80, 30), st.sampled_from(["click", "like", "rate", "impression"]))


def row_of(events: Sequence[Happened]) -> ItemStats:
    acts = [
        BehaviorEvent(f"e{n}", "acme", "u", "i", action, (HOUR + hour) * HOUR_MS + n % HOUR_MS)
        for n, (hour, action) in enumerate(events)
    ]
    return fold(ItemStats(), [Sourced(act, 0, n, id_hash(act.event_id)) for n, act in enumerate(acts)])


def counted(events: Sequence[Happened], wanted: Callable[[int], bool]) -> dict[str, int]:
    return dict(Counter(action for hour, action in events if wanted(hour)))


def in_hours(stretch: Stretch) -> tuple[int, int]:
    return stretch.from_ms // HOUR_MS - HOUR, stretch.until_ms // HOUR_MS - HOUR


@given(st.lists(st.lists(happened, max_size=40), max_size=3), st.integers(-90, 40), st.sampled_from([1, 24]))
def test_a_stretch_counts_its_hours_in_all_scenarios(scenarios: list[list[Happened]], moment: int, hours: int) -> None:
    events = [event for each in scenarios for event in each]
    found = last_hours([row_of(each) for each in scenarios], (HOUR + moment) * HOUR_MS + 17, hours)
    assert in_hours(found) == (moment - hours, moment + 1)
    assert found.exact
    assert found.counts == counted(events, lambda hour: moment - hours <= hour <= moment)


@given(st.lists(st.lists(happened, max_size=40), max_size=3), st.integers(-90, 40))
def test_all_time_ends_with_the_hour_of_the_moment(scenarios: list[list[Happened]], moment: int) -> None:
    events = [event for each in scenarios for event in each]
    found = all_time([row_of(each) for each in scenarios], (HOUR + moment) * HOUR_MS + 17)
    assert (found.from_ms, in_hours(found)[1]) == (0, moment + 1)
    assert found.exact
    assert found.counts == counted(events, lambda hour: hour <= moment)


@given(
    st.lists(st.tuples(st.integers(-2_000, 0), st.sampled_from(["click", "like"])), min_size=40, max_size=150),
    st.integers(-2_000, 10),
    st.sampled_from([1, 24]),
)
def test_what_is_said_to_be_exact_is(events: list[Happened], moment: int, hours: int) -> None:
    as_of, row = (HOUR + moment) * HOUR_MS, row_of(events)
    found = last_hours([row], as_of, hours)
    if found.exact:
        assert found.counts == counted(events, lambda hour: moment - hours <= hour <= moment)
    ever = all_time([row], as_of)
    if ever.exact:
        assert ever.counts == counted(events, lambda hour: hour <= moment)
    assert last_hours([row], (HOUR + 100) * HOUR_MS, 24).exact
    assert all_time([row], NOW).exact


def test_what_the_row_lost_is_not_exact() -> None:
    busy = [(-hour, "click") for hour in range(HOURS + 30)]
    row = row_of(busy)
    assert last_hours([row], NOW - 30 * HOUR_MS, 1).exact
    assert not last_hours([row], NOW - (HOURS + 5) * HOUR_MS, 24).exact
    assert not all_time([row], NOW - (HOURS + 5) * HOUR_MS).exact
    assert last_hours([], NOW, 24) == Stretch({}, (HOUR - 24) * HOUR_MS, (HOUR + 1) * HOUR_MS, True)


def test_before_1970_there_is_nothing() -> None:
    assert last_hours([row_of([(0, "click")])], 0, 24) == Stretch({}, 0, HOUR_MS, True)


def test_the_rows_keep_what_is_said_here() -> None:
    assert (HOURS_KEPT, DAYS_KEPT) == (HOURS, DAYS)


@pytest.mark.parametrize("stretch", [lambda row: last_hours([row], NOW, 1), lambda row: all_time([row], NOW)])
def test_an_action_of_tomorrow_is_left_out_by_its_number(stretch: Callable[[ItemStats], Stretch]) -> None:
    cells = CELLS.pack([(HOUR, 2, 3), (HOUR, 999, 4)])
    assert stretch(ItemStats(hours=cells, totals={"click": 3})).counts == {"click": 3}
