"""ALS: a user's factors are the least-squares answer to the history."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.artifact.forward.als import ALS
from training.artifact.forward.history import History, Weighting

ITEMS, FACTORS = 9, 4
LIKED = Weighting("positive")


def model(seed: int, confidence: float = 3.0, regularization: float = 0.1) -> ALS:
    factors = np.random.default_rng(seed).normal(size=(ITEMS, FACTORS)).astype(np.float32)
    wide = factors.astype(np.float64)
    return ALS(factors, wide.T @ wide + regularization * np.eye(FACTORS), confidence, LIKED)


def history(items: list[int], liked: list[bool]) -> History:
    numbers = np.array(items, np.int64)
    positive = np.array(liked[: len(items)], np.bool_)
    return History(numbers, np.arange(len(numbers)), np.ones(len(numbers)), positive, np.empty(0, np.int64))


histories = st.builds(
    history,
    st.lists(st.integers(0, ITEMS - 1), unique=True),
    st.lists(st.booleans(), min_size=ITEMS, max_size=ITEMS),
)


@given(st.integers(0, 99), st.floats(0.5, 50), histories)
def test_a_users_factors_solve_the_normal_equations(seed: int, confidence: float, given: History) -> None:
    als = model(seed, confidence)
    liked = als.factors[given.items[given.positive]].astype(np.float64)
    expected = np.linalg.solve(als.gram + confidence * liked.T @ liked, (1 + confidence) * liked.sum(0))
    assert als.user(given) == pytest.approx(expected, rel=1e-3, abs=1e-5)


@given(st.integers(0, 99), histories)
def test_a_score_is_the_product_of_an_item_with_the_user(seed: int, given: History) -> None:
    als = model(seed)
    assert als.scores(given) == pytest.approx(als.factors @ als.user(given), abs=1e-5)


def test_what_weighs_against_an_item_is_as_if_it_was_not_taken() -> None:
    als = replace(model(0), weighting=Weighting("graded"))
    both = History(
        np.array([1, 4]), np.arange(2), np.array([3.0, -3.0]), np.array([True, False]), np.empty(0, np.int64)
    )
    one = History(np.array([1]), np.arange(1), np.array([3.0]), np.array([True]), np.empty(0, np.int64))
    assert als.user(both).tolist() == als.user(one).tolist()


@pytest.mark.parametrize("stranger", [-1, ITEMS, 10**9])
def test_a_history_with_an_item_that_the_model_does_not_know_is_refused(stranger: int) -> None:
    with pytest.raises(IndexError, match="1 items that are none of the 9"):
        model(0).scores(history([1, stranger], [True, True]))


def test_without_an_answer_no_score_counts() -> None:
    scores = model(0, regularization=-1e6).scores(history([1], [True]))  # not positive definite
    assert not (scores > 0).any()
