"""Sums over segments: those of plain loops, in the same order, to the last bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.features.segments import spread, sums

segments = st.lists(st.lists(st.integers(0, 6), max_size=5), max_size=8)
values = st.floats(-1e6, 1e6)


def laid_out(parts: list[list[int]]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The places one after the other, and where each segment begins and the last one ends."""
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return np.array([place for part in parts for place in part], np.intp), starts


@given(st.lists(values, min_size=7, max_size=7), segments)
def test_sums_are_those_of_each_segment(given_: list[float], parts: list[list[int]]) -> None:
    expected = []
    for part in parts:
        total = 0.0
        for place in part:
            total += given_[place]
        expected.append(total)
    assert sums(np.array(given_), *laid_out(parts)).tolist() == expected


@given(segments, st.data())
def test_what_is_spread_comes_to_each_place_of_a_segment(parts: list[list[int]], data: st.DataObject) -> None:
    given_ = data.draw(st.lists(values, min_size=len(parts), max_size=len(parts)))
    expected = [0.0] * 7
    for value, part in zip(given_, parts, strict=True):
        for place in part:
            expected[place] += value
    places, starts = laid_out(parts)
    assert spread(np.array(given_), places, starts, 7).tolist() == expected
