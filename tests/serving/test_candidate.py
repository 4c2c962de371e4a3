"""Candidates: each item is found where it stands, and one that is not there is an error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.candidate import Candidates, falling, places

numbers = st.lists(st.integers(0, 2**31 - 1), unique=True, max_size=20)


@given(numbers, st.data())
def test_each_item_is_found_where_it_stands(items: list[int], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(items))) if items else []
    found = places(np.array(items, np.int32), np.array(wanted, np.int32))
    assert found.tolist() == [items.index(item) for item in wanted]


@given(numbers, st.integers(0, 2**31 - 1), st.data())
def test_an_item_that_is_not_there_is_an_error(items: list[int], other: int, data: st.DataObject) -> None:
    there = [item for item in items if item != other]
    wanted = data.draw(st.permutations([*there, other]))
    with pytest.raises(LookupError):
        places(np.array(there, np.int32), np.array(wanted, np.int32))


@given(st.lists(st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf")]), max_size=30))
def test_positions_by_score_are_those_of_a_stable_sort(scores: list[float]) -> None:
    given = np.array(scores, np.float32)
    known = np.where(np.isnan(given), np.float32(-np.inf), given)
    assert falling(given).tolist() == np.argsort(-known, kind="stable").tolist()


@given(st.integers(0, 5), st.integers(0, 7), st.booleans())
def test_the_first_ones_are_those_that_are_taken(size: int, count: int, weighed: bool) -> None:
    scores = np.arange(size, dtype=np.float32)
    said = scores.reshape(size, 1)
    candidates = Candidates(np.arange(size, dtype=np.int32), scores, said, ("a",), scores if weighed else None)
    first, taken = candidates.first(count), candidates.take(np.arange(min(size, count)))
    assert first.channels == taken.channels
    assert first.items.tolist() == taken.items.tolist()
    assert first.scores.tolist() == taken.scores.tolist()
    assert first.proposed.tolist() == taken.proposed.tolist()
    assert (first.merits is None) == (taken.merits is None)
    if first.merits is not None and taken.merits is not None:
        assert first.merits.tolist() == taken.merits.tolist()
