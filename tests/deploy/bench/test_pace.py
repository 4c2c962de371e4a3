"""The pace is told from what was committed between two looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.bench.errors import TooFewEventsError
from deploy.bench.pace import Sample, events_per_s


@given(st.integers(1, 50), st.integers(1, 10_000), st.integers(0, 30))
def test_a_steady_worker_has_its_pace_however_long_it_took_to_begin(looks: int, rate: int, idle: int) -> None:
    waiting = [Sample(at, 0, 0) for at in range(idle)]
    working = [Sample(idle + look, rate * look, rate * look) for look in range(looks + 1)]
    assert events_per_s([*waiting, *working], rate * looks) == pytest.approx(rate)


def test_time_before_the_first_commit_does_not_count_nor_do_its_events() -> None:
    assert events_per_s([Sample(0, 0, 0), Sample(9, 50, 40), Sample(10, 100, 70), Sample(11, 100, 100)], 100) == 30


def test_what_was_done_before_the_first_look_has_no_pace() -> None:
    with pytest.raises(TooFewEventsError, match="all of 10 events"):
        events_per_s([Sample(0, 10, 10)], 10)
