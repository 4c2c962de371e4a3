"""Columns: the packed layout, whatever the machine's byte order."""

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.folds import columns
from schemas.packing import EVENT_IDS, OFFSETS, Packing

CODES: list[tuple[Literal["q", "Q"], Packing, Any]] = [
    ("Q", EVENT_IDS, st.integers(0, 2**64 - 1)),
    ("q", OFFSETS, st.integers(-(2**63), 2**63 - 1)),
]


@pytest.mark.parametrize(("code", "packing", "numbers"), CODES)
@given(st.data())
def test_they_read_and_write_what_packing_does(
    code: Literal["q", "Q"], packing: Packing, numbers: Any, data: st.DataObject
) -> None:
    expected = data.draw(st.lists(numbers))
    packed = packing.pack((number,) for number in expected)
    column = columns.load(code, packed)
    assert list(column) == expected
    assert columns.dump(column) == packed


def test_a_machine_of_the_other_order_swaps_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FOREIGN", not columns.FOREIGN)
    packed = OFFSETS.pack([(1,), (2,)])
    column = columns.load("q", packed)
    assert list(column) == [1 << 56, 2 << 56]
    assert columns.dump(column) == packed
    assert list(column) == [1 << 56, 2 << 56]
