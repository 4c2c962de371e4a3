"""Bounds: what an operator says of a rebuild's end, in offsets of every partition, and nothing guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import BoundsError
from agents.rebuild.bounds import END, Bounds, Until, find_bounds, read, written
from tests.topics.logbook import Log, reader_of
from topics.catalog import BEHAVIOR, EVENTS
from topics.offsets import Partition

PLACES = [Partition(topic.name, number) for topic in EVENTS for number in range(3)]
offsets = st.integers(0, 2**40)
ends = st.fixed_dictionaries(dict.fromkeys(PLACES, offsets))


@st.composite
def within(draw: st.DrawFn, ends: Bounds) -> dict[Partition, int]:
    places = draw(st.lists(st.sampled_from(PLACES), unique=True))
    return {at: draw(st.integers(0, ends[at])) for at in places}


@given(ends, ends, st.data())
def test_a_position_goes_before_the_moment_and_all_partitions_are_bound(
    ends: Bounds, at_moment: Bounds, data: st.DataObject
) -> None:
    positions = data.draw(within(ends))
    bounds = Until(1, positions).bounds(ends, at_moment)
    assert bounds.keys() == ends.keys()
    assert all(bounds[at] == positions.get(at, at_moment[at]) for at in bounds)


@given(st.dictionaries(st.sampled_from(PLACES), offsets), st.none() | st.integers(0, 2**45))
def test_what_is_written_is_read_back(positions: dict[Partition, int], moment: int | None) -> None:
    texts = [f"{at.topic}/{at.number}:{offset}" for at, offset in positions.items()]
    assert Until.parse([*texts, *([] if moment is None else [str(moment)])]) == Until(moment, positions)
    assert read(written(positions)) == positions


def test_a_moment_is_iso_8601_too() -> None:
    assert Until.parse(["1970-01-01T00:00:01"]).moment == 1000
    assert Until.parse(["2026-11-25T01:00:00+01:00"]) == Until.parse(["2026-11-25T00:00:00Z"])
    assert Until.parse([]) == END


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["yesterday"], "neither topic/partition:offset nor a moment"),
        (["behavior.event.v1:7"], "neither"),
        (["behavior.event.v1/0:-1"], "neither"),
        (["t/0:1", "t/0:2"], "given twice"),
        (["1000", "2000"], "a moment is given twice"),
    ],
)
def test_what_means_nothing_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(BoundsError, match=message):
        Until.parse(texts)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (Partition("behavior.accepted.v1", 0), "is no partition of"),
        (Partition(BEHAVIOR.name, 3), "is no partition of"),
        (PLACES[0], "ends at 4, before 5"),
    ],
)
def test_a_position_must_be_in_the_log_of_events(place: Partition, message: str) -> None:
    with pytest.raises(BoundsError, match=message):
        Until(None, {place: 5}).bounds(dict.fromkeys(PLACES, 4), dict.fromkeys(PLACES, 4))


def test_nothing_said_is_the_end_of_the_log_as_it_is() -> None:
    at = Partition(BEHAVIOR.name, 1)
    log: Log = {at: [(b"k", b"v")] * 3}
    found = find_bounds(END, reader_of(log, partitions=2).offsets)
    assert found == {place: 3 if place == at else 0 for place in PLACES if place.number < 2}
