"""Packed columns: unpacking gives back what was packed, and numpy sees the same numbers."""

from struct import calcsize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from schemas.catalog import RECORDS
from schemas.packing import CELLS, JOINED, MARK, PACKED, Packing, join, pack_floats, split, unpack_floats, unpack_rows

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
def test_a_column_is_that_of_all_entries(case: tuple[Packing, list[tuple[int, ...]]]) -> None:
    packing, entries = case
    for place, name in enumerate(packing.columns):
        assert packing.column(packing.pack(entries), name) == tuple(entry[place] for entry in entries)


@given(packed())
def test_the_view_holds_the_same_numbers(case: tuple[Packing, list[tuple[int, ...]]]) -> None:
    packing, entries = case
    view = packing.view(packing.pack(entries))
    assert [tuple(entry) for entry in view.tolist()] == entries
    assert view.dtype.names == packing.columns
    assert not view.flags.writeable


@given(st.lists(st.floats(width=32), max_size=9))
def test_numbers_are_unpacked_as_they_were_packed(numbers: list[float]) -> None:
    np.testing.assert_array_equal(
        unpack_floats(pack_floats(np.array(numbers, np.float32))), np.array(numbers, np.float32)
    )


@given(arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 5)), elements=st.floats(width=32)))
def test_rows_are_unpacked_as_they_were_packed(matrix: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(unpack_rows(pack_floats(matrix), matrix.shape[1]), matrix)


@given(st.lists(st.text(st.characters(exclude_characters=MARK), min_size=1)))
def test_splitting_gives_back_what_was_joined(words: list[str]) -> None:
    assert split(join(words)) == words


def test_what_is_packed_or_joined_is_a_field_of_a_record() -> None:
    fields = {f"{record.__name__}.{name}" for record in RECORDS.values() for name in record.__struct_fields__}
    assert fields >= JOINED
    assert fields >= PACKED.keys()


def test_entries_have_no_padding() -> None:
    assert CELLS.size == calcsize("<qii") == CELLS.dtype.itemsize == 16


def test_bytes_of_half_an_entry_are_refused() -> None:
    with pytest.raises(Exception, match="multiple of"):
        CELLS.unpack(b"\x00" * 17)
