import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.views.column import Column


@given(st.lists(st.integers(0, 5_000), max_size=8), st.none() | st.integers(1, 3))
def test_growing_keeps_every_value_and_fills_with_the_empty_one(sizes: list[int], width: int | None) -> None:
    column: Column[np.int64] = Column(np.int64, -1, width)
    written = 0
    for size in sizes:
        column.reserve(size)
        for row in range(written, size, 97):
            column[row] = row
        written = max(written, size)
    head = column.head(written)
    assert len(head) == written
    expected = np.full(head.shape, -1)
    begin = 0
    for size in sizes:
        for row in range(begin, size, 97):
            expected[row] = row
        begin = max(begin, size)
    assert (head == expected).all()


def test_a_reader_keeps_what_it_took_when_the_column_grows() -> None:
    column: Column[np.int64] = Column(np.int64, 0)
    column[0] = 1
    taken = column.head(1)
    column.reserve(1_000_000)
    column[0] = 2
    assert taken[0] == 1
    assert column.head(1)[0] == 2


def test_what_lies_beyond_the_end_is_the_empty_value() -> None:
    column: Column[np.int32] = Column(np.int32, -1)
    column[0], column[1023] = 7, 8
    assert column.take_known(np.array([0, 1, 1023, 1024, 1_000_000])).tolist() == [7, -1, 8, -1, -1]
    assert column.take_known(np.empty(0, np.int32)).tolist() == []
