import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.applied import applied_of, is_behind
from serving.views.fence import Fence

applied = st.dictionaries(st.integers(0, 9).map(str), st.integers(0, 5), max_size=3)


@given(applied, applied)
def test_behind_is_to_lack_anything_of_the_old_row(new: dict[str, int], old: dict[str, int]) -> None:
    lacks = {partition for partition, offset in old.items() if offset > new.get(partition, -1)}
    assert is_behind(new, old) == bool(lacks)


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | applied), max_size=20))
def test_a_fence_admits_as_the_rule_says(log: list[tuple[int, dict[str, int] | None]]) -> None:
    fence = Fence()
    held: dict[int, dict[str, int]] = {}
    for row, new in log:
        if new is None:
            fence.forget(row)
            held.pop(row, None)
        else:
            admitted = not is_behind(new, held.get(row, {}))
            assert fence.admits(row, new) == admitted
            if admitted:
                held[row] = new
    fence.reserve(4)
    rows = np.arange(4, dtype=np.int32)
    assert [applied_of(offsets) for offsets in fence.take(rows)] == [held.get(row, {}) for row in range(4)]


def test_many_rows_and_partitions_keep_apart() -> None:
    fence = Fence()
    for row in range(3_000):
        assert fence.admits(row, {str(row % 40): row})
    assert not any(fence.admits(row, {str(row % 40): row - 1}) for row in range(3_000))
    assert all(fence.admits(row, {str(row % 40): row}) for row in range(3_000))
