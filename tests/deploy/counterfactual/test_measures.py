"""Measures of two lists keep their bounds, and say of equal lists that they are equal."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deploy.counterfactual.measures import Comparison, correlation, counted, overlap, varied, violations
from serving.reranking.rules.diversity import Diversity
from tests.serving.fakes import catalogue_of

lists = st.lists(st.sampled_from([f"item-{n}" for n in range(8)]), unique=True)


@given(lists, lists, st.integers(1, 10))
def test_overlap_is_a_share_that_does_not_ask_which_is_first(one: list[str], other: list[str], k: int) -> None:
    assert 0.0 <= overlap(one, other, k) == overlap(other, one, k) <= 1.0
    assert overlap(one, one, k) == 1.0


@given(lists, st.randoms())
def test_correlation_is_one_for_the_same_order_and_minus_one_for_its_reverse(items: list[str], random: object) -> None:
    expected = 1.0 if len(items) > 1 else None
    assert correlation(items, items) == expected
    assert correlation(items, items[::-1]) == (None if expected is None else -1.0)


def test_correlation_is_of_what_both_have() -> None:
    assert correlation(["a", "x", "b"], ["b", "y", "a"]) == -1.0
    assert correlation(["a", "b"], ["c", "a"]) is None


@given(st.lists(st.integers(-1, 3)))
def test_variety_is_a_share(kinds: list[int]) -> None:
    assert 0.0 < varied(np.array(kinds, np.int32)) <= 1.0


@given(st.lists(st.integers(-1, 2), max_size=12), st.integers(2, 5), st.integers(1, 3))
def test_violations_are_places_that_a_window_counts(kinds: list[int], window: int, most: int) -> None:
    expected = sum(
        kind != -1 and kinds[max(0, at - window + 1) : at + 1].count(kind) > most for at, kind in enumerate(kinds)
    )
    assert violations(np.array(kinds, np.int32), window, most) == expected


def test_equal_lists_change_nothing_exactly() -> None:
    catalogue, comparison = catalogue_of([True] * 3, [0, 1, 2]), Comparison(10)
    for _ in range(7):
        items = ["item-2", "item-0", "item-1"]
        comparison.add(items, items, items, catalogue, Diversity())
    told = comparison.told(available=3)
    assert (told["overlap"], told["changed"], told["reproduced"], told["rank_correlation"]) == (1.0, 0.0, 1.0, 1.0)
    assert told["before"] == told["after"]


def test_notes_are_counted() -> None:
    assert counted([("a", "b"), ("b",), ()]) == {"b": 2, "a": 1}
