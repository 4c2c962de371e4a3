"""Metrics of scores."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.metrics.scores import auc, gauc, log_loss, pooled_auc

scored = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=30)


@given(scored)
def test_auc_counts_pairs(given_: list[tuple[int, bool]]) -> None:
    scores, labels = np.array([score for score, _ in given_], float), np.array([label for _, label in given_])
    pairs = [(one, other) for one in scores[labels] for other in scores[~labels]]
    found = auc(scores, labels)
    if not pairs:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(np.mean([(one > other) + (one == other) / 2 for one, other in pairs]))


def lists(users: int = 40, size: int = 30, seed: int = 0) -> tuple[list[NDArray[np.float64]], list[NDArray[np.bool_]]]:
    random = np.random.default_rng(seed)
    scores = [random.random(size) for _ in range(users)]
    return scores, [random.random(size) < own for own in scores]


def test_over_all_users_it_is_the_plain_one() -> None:
    scores, labels = lists()
    found = pooled_auc(scores, labels)
    assert found.value == pytest.approx(auc(np.concatenate(scores), np.concatenate(labels)), abs=1e-3)
    assert found.low < found.value < found.high


def test_within_users_their_levels_do_not_matter() -> None:
    scores, labels = lists()
    shifted = [own + user for user, own in enumerate(scores)]
    assert gauc(shifted, labels) == gauc(scores, labels)
    assert pooled_auc(shifted, labels).value < pooled_auc(scores, labels).value


def test_the_truth_has_the_least_loss() -> None:
    scores, labels = lists()
    honest = log_loss(scores, labels).value
    assert honest < log_loss([own**3 for own in scores], labels).value
    assert log_loss([np.array([0.0])], [np.array([True])]).value == pytest.approx(-math.log(1e-7))


def test_what_no_list_can_show_is_no_number() -> None:
    assert math.isnan(gauc([np.array([0.5, 0.6])], [np.array([True, True])]).value)
