"""Strength: what an action says of a user's liking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import ACTIONS
from schemas.strength import STRENGTHS, is_positive, stars, strength, thousandths


@pytest.mark.parametrize(
    ("value", "whole"),
    [(None, 0), (0.0005, 0), (0.0015, 2), (-0.0005, 0), (3.5, 3500), (0.1 + 0.2, 300), (1e12, 10**15)],
)
def test_thousandths(value: float | None, whole: int) -> None:
    assert thousandths(value) == whole


@given(st.integers(-(10**12), 10**12))
def test_thousandths_keep_what_has_three_decimals(whole: int) -> None:
    assert thousandths(whole / 1000) == whole


@given(st.floats(-1e12, 1e12))
def test_stars_stay_on_their_scale(value: float) -> None:
    assert 0 <= stars(value) <= 5000
    assert stars(value) == thousandths(value) or not 0 <= value <= 5


@pytest.mark.parametrize(("value", "expected"), [(5.0, 200), (3.5, 50), (3.0, 0), (0.5, -250), (0.0, -300), (None, 0)])
def test_a_rate_counts_from_three_stars(value: float | None, expected: int) -> None:
    assert strength("rate", value) == expected


def test_every_action_has_a_strength_but_those_that_say_nothing() -> None:
    assert set(ACTIONS) - set(STRENGTHS) == {"unknown", "impression", "rate"}
    assert strength("impression", 1.0) == strength("unknown", None) == 0
    assert {action for action in ACTIONS if strength(action, None) < 0} == {"dislike", "hide"}


@pytest.mark.parametrize(("value", "expected"), [(3.5, True), (3.4, False), (5.0, True), (None, False)])
def test_a_rate_is_positive_from_three_and_a_half_stars(value: float | None, expected: bool) -> None:
    assert is_positive("rate", value) is expected


def test_what_is_positive_is_an_act_for_the_item() -> None:
    positive = {action for action in ACTIONS if is_positive(action, None)}
    assert positive == set(STRENGTHS) - {"view", "dislike", "hide"}
