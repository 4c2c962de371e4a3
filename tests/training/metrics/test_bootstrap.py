"""Intervals: they hold the value, shrink with more users, and pair users."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.metrics.bootstrap import difference, mean, statistic

values = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(lambda each: np.array(each))


@settings(max_examples=30, deadline=None)
@given(values)
def test_the_interval_holds_the_mean(values: NDArray[np.float64]) -> None:
    found = mean(values)
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert found.value == values.mean()
    assert mean(values) == found  # no chance in it


def test_more_users_say_more() -> None:
    random = np.random.default_rng(0)
    few, many = mean(random.random(20)), mean(random.random(2_000))
    assert many.high - many.low < (few.high - few.low) / 5


def test_pairs_tell_what_means_alone_do_not() -> None:
    random = np.random.default_rng(0)
    easy = random.random(200)
    better = easy + 0.02
    assert mean(better).low < mean(easy).high  # the intervals overlap
    assert difference(better, easy).above_zero
    assert not difference(easy, better).above_zero
    assert not difference(easy, easy).above_zero


def test_any_figure_over_users() -> None:
    kinds = np.array([0, 0, 1, 2])
    found = statistic(4, lambda users: np.array([len(set(kinds[row].tolist())) / 3 for row in users]))
    assert found.value == 1
    assert found.low < 1
