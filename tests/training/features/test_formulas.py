import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.features.formulas import log_age, numbered, smoothed, trend

COUNTS = st.integers(0, 10**9)


@given(COUNTS, COUNTS, st.floats(0, 1), st.floats(0.1, 1e3))
def test_a_smoothed_rate_lies_between_its_own_and_the_prior(one: int, other: int, prior: float, weight: float) -> None:
    hits, trials = sorted((one, other))
    rate = smoothed(np.array([hits]), np.array([trials]), prior, weight)[0]
    own = hits / trials if trials else prior
    assert min(own, prior) - 1e-9 <= rate <= max(own, prior) + 1e-9


def test_smoothing_is_as_if_there_had_been_so_many_trials_of_the_prior() -> None:
    assert smoothed(np.array([3, 0]), np.array([10, 0]), 0.5, 4.0).tolist() == [5 / 14, 0.5]


def test_a_trend_compares_the_short_window_with_the_pace_of_the_long_one() -> None:
    found = trend(np.log([1.0, 8.0, 1.0]), np.array([0, 49, 49]), 1 / 7)
    assert found == pytest.approx([0.0, 0.0, -math.log(8)])


def test_ages_are_in_units_and_what_is_to_come_is_new() -> None:
    found = log_age(1_000, np.array([0, 1_000, 2_000, -1]), 10)
    assert found[:3] == pytest.approx([math.log(101), 0.0, 0.0])
    assert math.isnan(found[3])


def test_times_before_1970_are_times() -> None:
    assert log_age(0, np.array([-10_000]), 10)[0] == pytest.approx(math.log(1_001))


@given(st.lists(st.integers(-1, 6), max_size=30))
def test_words_are_numbered_in_order(words: list[int]) -> None:
    different, places = numbered(np.array(words, np.int32))
    assert different.tolist() == sorted(set(words))
    assert different[places].tolist() == words
