"""What several columns say of a row is read as one, whoever writes meanwhile."""

from threading import Event, Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from serving.views.column import Column
from serving.views.revisions import Revisions

ROWS = np.arange(4, dtype=np.int32)


class Pair:
    """Two columns that always say the same of a row, when it is not being written."""

    def __init__(self) -> None:
        self.revisions = Revisions()
        self.revisions.reserve(8)
        self.left: Column[np.int64] = Column(np.int64, 0)
        self.right: Column[np.int64] = Column(np.int64, 0)

    def write(self, row: int, value: int) -> None:
        with self.revisions.writing(row):
            self.left[row] = value
            self.right[row] = value


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 9)), max_size=6))
def test_rows_written_during_the_read_are_read_again(writes: list[tuple[int, int]]) -> None:
    pair, waiting = Pair(), list(writes)

    def read(_: NDArray[np.int32]) -> tuple[list[int], list[int]]:
        left = pair.left.take(ROWS).tolist()
        if waiting:
            pair.write(*waiting.pop())
        return left, pair.right.take(ROWS).tolist()

    left, right = pair.revisions.whole(ROWS, read)
    assert left == right


def test_writes_to_other_rows_cost_no_second_read() -> None:
    pair = Pair()
    reads: list[int] = []

    def read(_: NDArray[np.int32]) -> None:
        reads.append(len(reads))
        pair.write(7, 1)

    pair.revisions.whole(ROWS, read)
    assert reads == [0]


def test_a_row_in_the_middle_of_its_write_is_waited_for() -> None:
    pair, begun = Pair(), Event()
    found: list[tuple[int, int]] = []

    def read(_: NDArray[np.int32]) -> tuple[int, int]:
        begun.set()
        return int(pair.left[2]), int(pair.right[2])

    reader = Thread(target=lambda: found.append(pair.revisions.whole(ROWS, read)))
    with pair.revisions.writing(2):
        pair.left[2] = 5
        reader.start()
        assert begun.wait(10)
        pair.right[2] = 5
    reader.join(10)
    assert found == [(5, 5)]


def test_a_write_that_fails_lets_readers_go_on() -> None:
    pair = Pair()
    with pytest.raises(ZeroDivisionError), pair.revisions.writing(1):
        pair.left[1] = 1 // 0
    assert pair.revisions.whole(ROWS, lambda _: "read") == "read"


def test_who_reads_is_told_the_revisions_of_before() -> None:
    pair = Pair()
    pair.write(2, 1)
    assert pair.revisions.whole(ROWS, lambda revisions: revisions.tolist()) == [0, 0, 2, 0]
