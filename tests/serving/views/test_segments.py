from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.views import segments
from serving.views.segments import Segments

LISTS = 4
changes = st.tuples(st.integers(0, LISTS - 1), st.integers(0, 6), st.booleans())


def changed(lists: Segments, batch: list[tuple[int, int, bool]]) -> list[int]:
    number, item, present = (np.array([each[place] for each in batch]) for place in range(3))
    empty = lists.change(number.astype(np.int32), item.astype(np.int32), present.astype(np.bool_))
    return [int(each) for each in empty]


def held(lists: Segments, *numbers: int) -> list[list[int]]:
    lengths, items = lists.of(np.array(numbers, np.int32))
    return [part.tolist() for part in np.split(items, np.cumsum(lengths)[:-1])]


@pytest.mark.parametrize("moving", [False, True])
@given(batches=st.lists(st.lists(changes, min_size=1, max_size=8), max_size=8))
def test_it_is_a_set_of_items_for_each_list(moving: bool, batches: list[list[tuple[int, int, bool]]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(segments, "_FEWEST", 0 if moving else 1 << 16)
        lists = Segments()
        expected: defaultdict[int, set[int]] = defaultdict(set)
        for batch in batches:
            for number, item, present in batch:
                (expected[number].add if present else expected[number].discard)(item)
            touched = {number for number, _, _ in batch}
            assert changed(lists, batch) == sorted(number for number in touched if not expected[number])
            assert held(lists, *range(LISTS)) == [sorted(expected[number]) for number in range(LISTS)]


def test_lists_may_be_asked_for_in_any_order_and_twice() -> None:
    lists = Segments()
    changed(lists, [(2, 5, True), (0, 3, True), (2, 4, True)])
    assert held(lists, 2, 1, 0, 2, 9_999) == [[4, 5], [], [3], [4, 5], []]
    assert lists.of(np.empty(0, np.int32))[1].tolist() == []


def test_what_is_left_behind_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_FEWEST", 100)
    lists = Segments()
    for item in range(2_000):
        changed(lists, [(0, item % 50, True), (1, item % 3, bool(item % 2))])
    held_now: Any = lists._held
    assert len(held_now.values.head(1 << 30)) <= 1024, "written 100,000 values, 50 in use"
    assert held(lists, 0) == [list(range(50))]


def test_a_reader_keeps_what_it_took() -> None:
    lists = Segments()
    changed(lists, [(0, 1, True)])
    _, taken = lists.of(np.zeros(1, np.int32))
    changed(lists, [(0, 0, True)])
    assert taken.tolist() == [1]
