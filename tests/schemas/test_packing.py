"""Packed columns: unpacking gives back what was packed, and numpy sees the same numbers."""

from struct import calcsize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.packing import CELLS, PACKED, Packing

RANGES = {"q": (-(2**63), 2**63 - 1), "Q": (0, 2**64 - 1), "i": (-(2**31), 2**31 - 1)}


@st.composite
def packed(draw: st.DrawFn) -> tuple[Packing, list[tuple[int, ...]]]:
    packing = draw(st.sampled_from(list(PACKED.values())))
    columns = [st.integers(*RANGES[code]) for code in packing.format[1:]]
    return packing, draw(st.lists(st.tuples(*columns), max_size=20))


@given(packed())
def test_unpacking_gives_back_what_was_packed(case: tuple[Packing, list[tuple[int, ...]]]) -> None:
    packing, entries = case
    data = packing.pack(entries)
    assert len(data) == packing.size * len(entries)
    assert packing.unpack(data) == entries


@given(packed())
def test_the_view_holds_the_same_numbers(case: tuple[Packing, list[tuple[int, ...]]]) -> None:
    packing, entries = case
    view = packing.view(packing.pack(entries))
    assert [tuple(entry) for entry in view.tolist()] == entries
    assert view.dtype.names == packing.columns
    assert not view.flags.writeable


def test_entries_have_no_padding() -> None:
    assert CELLS.size == calcsize("<qii") == CELLS.dtype.itemsize == 16


def test_bytes_of_half_an_entry_are_refused() -> None:
    with pytest.raises(Exception, match="multiple of"):
        CELLS.unpack(b"\x00" * 17)
