"""What is kept of counts is what would be counted now, whatever was written and asked for before."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from schemas.records import ItemStats
from serving.views import counted
from serving.views.counted import Counted, block, of_block
from tests.row_strategies import item_stats
from training.features.counts import ItemCounts
from training.features.timeline import HOUR_MS, counts, timeline

ROWS = 5
NOW = 20_000 * 24 * HOUR_MS

steps = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, ROWS - 1), item_stats()), max_size=2),
        st.lists(st.integers(0, ROWS - 1), max_size=6),
        st.integers(NOW - 2 * HOUR_MS, NOW),
    ),
    max_size=6,
)


def columns(found: ItemCounts) -> list[object]:
    return [getattr(found, name).tolist() for name in ItemCounts.__slots__]


@pytest.mark.parametrize("slots", [2, 1024])
@given(steps=steps)
def test_it_is_what_the_timelines_count(
    slots: int, steps: list[tuple[list[tuple[int, ItemStats]], list[int], int]]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counted, "_FEWEST", slots)
        patched.setattr(counted, "_MOST", slots)
        kept, timelines, revisions = Counted(), [b""] * ROWS, np.zeros(ROWS, np.int32)

        def of(rows: NDArray[np.int32]) -> Sequence[bytes]:
            return [timelines[row] for row in rows.tolist()]

        for writes, asked, as_of in steps:
            for row, stats in writes:
                timelines[row] = timeline(stats)
                revisions[row] += 2
            rows = np.array(asked, np.int32)
            found = kept.before(as_of, rows, revisions[rows], of)
            assert columns(of_block(found)) == columns(counts(of(rows), as_of))


def test_what_was_asked_for_in_this_hour_is_not_counted_again() -> None:
    kept, asked = Counted(), list[int]()

    def of(rows: NDArray[np.int32]) -> Sequence[bytes]:
        asked.extend(rows.tolist())
        return [timeline(ItemStats(totals={"like": 3})) for _ in rows]

    rows, revisions = np.arange(3, dtype=np.int32), np.zeros(3, np.int32)
    for as_of in (NOW, NOW + 1, NOW + HOUR_MS - 1):
        kept.before(as_of, rows, revisions, of)
    assert asked == [0, 1, 2]
    kept.before(NOW, rows, np.array([0, 2, 0], np.int32), of)
    assert asked == [0, 1, 2, 1], "the row was written meanwhile"
    kept.before(NOW + HOUR_MS, rows[:1], revisions[:1], of)
    assert asked == [0, 1, 2, 1, 0], "another hour has other counts"


def test_room_grows_with_the_rows_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "_MOST", 4096)
    kept = Counted()
    for rows, room in ((1, 1024), (1025, 2048), (2048, 2048), (3000, 4096), (1_000_000, 4096)):
        kept.reserve(rows)
        assert len(kept._of) == room


@given(st.lists(item_stats(), max_size=4))
def test_a_block_holds_all_counts(rows: list[ItemStats]) -> None:
    found = counts([timeline(stats) for stats in rows], NOW)
    assert columns(of_block(block(found))) == columns(found)
