import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.applied import NOTHING
from schemas.decision_records import Decision, RowRead, RowsRead
from schemas.packing import pack_offsets
from schemas.rows_read import of_items, rows_read

ITEMS = ["a", "b", "c"]
offsets = st.lists(st.lists(st.integers(NOTHING, 2**40), min_size=2, max_size=2), min_size=3, max_size=3)


@given(st.dictionaries(st.sampled_from([("item", ""), ("item_stats", "feed"), ("item_stats", "search")]), offsets))
def test_each_row_that_was_read_is_told_with_how_far_it_was_folded(
    tables: dict[tuple[str, str], list[list[int]]],
) -> None:
    told = [RowsRead(*at, pack_offsets(np.array(rows, np.int64))) for at, rows in tables.items()]
    assert list(of_items(ITEMS, told)) == [
        RowRead(table, item, chunk, {str(place): offset for place, offset in enumerate(row) if offset != NOTHING})
        for (table, chunk), rows in tables.items()
        for item, row in zip(ITEMS, rows, strict=True)
        if row != [NOTHING, NOTHING]
    ]


def test_the_rows_of_a_decision_are_those_told_one_by_one_and_then_those_of_items() -> None:
    user = RowRead("user_activity", "u", "", {"0": 7})
    told = RowsRead("item", "", pack_offsets(np.array([[3]])))
    decision = Decision("r", "t", "u", "feed", 0, 0, ["a"], b"", read=[user], read_items=["a"], read_rows=[told])
    assert list(rows_read(decision)) == [user, RowRead("item", "a", "", {"0": 3})]


def test_offsets_of_other_items_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        list(of_items(ITEMS, [RowsRead("item", "", bytes(8))]))


def test_no_items_are_no_rows() -> None:
    assert list(of_items([], [RowsRead("item", "", b"")])) == []
