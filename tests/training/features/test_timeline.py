"""Counts as of a moment, against a plain definition, on rows as the fold leaves them."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.folds import stats
from agents.folds.sourced import Sourced
from schemas.records import ACTIONS, Action, BehaviorEvent, ItemStats
from schemas.strength import POSITIVE
from tests.row_strategies import item_stats
from tests.training.features.moments import DAY, HOUR, NOW
from training.features.counts import WINDOWS, ItemCounts
from training.features.timeline import counts, timeline

ACTS = st.tuples(
    st.sampled_from([Action.VIEW, Action.LIKE, Action.IMPRESSION, Action.RATE, Action.HIDE]),
    st.integers(0, 30 * DAY) | st.integers(0, 3 * DAY) | st.integers(0, 700 * DAY),
)
PASTS = st.lists(ACTS, max_size=40)
MOMENTS = st.integers(-DAY, 800 * DAY).map(lambda ago: NOW - ago)


def row_of(past: Sequence[tuple[Action, int]]) -> ItemStats:
    """Return the row of actions so many milliseconds before NOW."""
    events = [
        BehaviorEvent(str(at), "t", "u", "i", action, NOW - ago, value=4.0 if action == Action.RATE else None)
        for at, (action, ago) in enumerate(past)
    ]
    return stats.fold(ItemStats(), [Sourced(event, 0, at, at) for at, event in enumerate(events)])


def by_hours(row: ItemStats) -> bool:
    """Whether nothing was dropped from the row, and each day may be told by its hours."""
    return len(row.hours) // 16 < stats.HOURS


def plainly(past: Sequence[tuple[Action, int]], as_of: int) -> dict[str, object]:
    """Return what is counted, as the definition has it: an event counts from the end of its hour on."""
    ends = [(action, (NOW - ago) // HOUR * HOUR + HOUR) for action, ago in past]
    done = [(action, end) for action, end in ends if end <= as_of // HOUR * HOUR]
    acts = [(action, end) for action, end in done if action != Action.IMPRESSION]
    windows = [as_of // HOUR * HOUR - days * DAY for days in WINDOWS]
    return {
        "events": len(acts),
        "positives": sum(action in POSITIVE for action, _ in acts),
        "shown": len(done) - len(acts),
        "rates": min(len([1 for action, _ in past if action == Action.RATE]), len(acts)),
        "last_event": max((end for _, end in acts), default=-1),
        "window_events": [sum(end > begin for _, end in acts) for begin in windows],
        "window_positives": [sum(end > begin and action in POSITIVE for action, end in acts) for begin in windows],
        "window_shown": [
            sum(end > begin and action == Action.IMPRESSION for action, end in done) for begin in windows
        ],
    }


def read(found: ItemCounts, row: int) -> dict[str, object]:
    return {name: getattr(found, name)[row].tolist() for name in ItemCounts.__slots__ if name != "rating_sum"}


@given(st.lists(PASTS, max_size=4), MOMENTS)
def test_counts_are_those_of_the_definition(pasts: list[list[tuple[Action, int]]], as_of: int) -> None:
    rows = [row_of(past) for past in pasts]
    found = counts([timeline(row) if past else b"" for row, past in zip(rows, pasts, strict=True)], as_of)
    assert len(found) == len(pasts)
    for at, (past, row) in enumerate(zip(pasts, rows, strict=True)):
        if by_hours(row):
            assert read(found, at) == plainly(past, as_of)


@given(PASTS, MOMENTS)
def test_what_comes_later_changes_no_count(past: list[tuple[Action, int]], as_of: int) -> None:
    """What is computed afterwards, for an example or an audit, is what was computed then."""
    before = [(action, ago) for action, ago in past if NOW - ago < as_of // HOUR * HOUR]
    if by_hours(row_of(past)) and before:
        then, now = (read(counts([timeline(row_of(each))], as_of), 0) for each in (before, past))
        assert then | {"rates": None} == now | {"rates": None}, "when it was rated the row does not tell"


@given(st.lists(ACTS, min_size=1, max_size=40))
def test_before_its_first_event_an_item_has_none(past: list[tuple[Action, int]]) -> None:
    first = min(NOW - ago for _, ago in past)
    found = counts([timeline(row_of(past))], first)
    assert read(found, 0) == read(ItemCounts.none(1), 0)
    assert found.rating_sum.tolist() == [0]


@settings(max_examples=10)
@given(st.integers(stats.DAYS + 1, 100), st.integers(1, 3))
def test_days_that_the_row_has_dropped_count_ever_but_in_no_window(days: int, each: int) -> None:
    past = [(Action.LIKE, (day + 1) * DAY) for day in range(days) for _ in range(each)]
    found = counts([timeline(row_of(past))], NOW)
    assert found.events.tolist() == [days * each]
    kept = each * stats.DAYS
    assert found.window_events.tolist() == [[each, 7 * each, 30 * each, kept]]
    long_ago = counts([timeline(row_of(past))], NOW - 90 * DAY)
    assert long_ago.events.tolist() == [0], "of what was dropped nobody knows the time: it may have come later"


def test_a_day_counts_by_its_hours_while_the_row_has_them() -> None:
    row = row_of([(Action.LIKE, 2 * HOUR), (Action.LIKE, 26 * HOUR)])
    assert [counts([timeline(row)], NOW - ago * HOUR).events[0] for ago in (0, 2, 3, 25, 27)] == [2, 1, 1, 1, 0]
    assert counts([timeline(row)], NOW).window_events.tolist() == [[1, 2, 2, 2]]


def test_a_day_of_which_hours_were_dropped_counts_whole() -> None:
    """Of 60 hours that hold something the row keeps 48; of the first one's day it has lost some."""
    row = row_of([(Action.LIKE, (ago + 1) * HOUR) for ago in range(60)])
    assert not by_hours(row)
    found = counts([timeline(row)], NOW)
    assert found.window_events.tolist() == [[24, 60, 60, 60]]
    assert found.events.tolist() == [60]


def test_the_mean_of_the_stars_is_that_of_the_row() -> None:
    row = row_of([(Action.RATE, 2 * HOUR), (Action.RATE, 30 * HOUR)])
    for as_of, rates in ((NOW, 2), (NOW - DAY, 1), (NOW - 5 * DAY, 0)):
        found = counts([timeline(row)], as_of)
        assert (found.rates.tolist(), found.rating_sum.tolist()) == ([rates], [rates * 4_000])


@given(st.lists(item_stats(), max_size=4), MOMENTS)
def test_any_row_that_decodes_has_counts(rows: list[ItemStats], as_of: int) -> None:
    found = counts([timeline(row) for row in rows], as_of)
    assert len(found) == len(rows)
    for name in ("events", "positives", "shown", "rates", "window_events", "window_positives", "window_shown"):
        assert (getattr(found, name) >= 0).all(), name
    assert (found.last_event <= max(as_of, -1)).all()


@given(st.lists(PASTS, min_size=1, max_size=3), st.integers(1, 3))
def test_blocks_are_summed_item_by_item(pasts: list[list[tuple[Action, int]]], blocks: int) -> None:
    lines = [timeline(row_of(past)) if past else b"" for past in pasts]
    one, several = counts(lines, NOW), counts(lines * blocks, NOW).over(blocks)
    np.testing.assert_array_equal(several.events, one.events * blocks)
    np.testing.assert_array_equal(several.window_shown, one.window_shown * blocks)
    np.testing.assert_array_equal(several.last_event, one.last_event)


def test_every_action_is_counted_as_one_thing() -> None:
    for action in ACTIONS[1:]:
        found = counts([timeline(row_of([(Action(action), 2 * HOUR)]))], NOW)
        assert found.events[0] + found.shown[0] == 1
        assert found.positives[0] == (action in POSITIVE)
