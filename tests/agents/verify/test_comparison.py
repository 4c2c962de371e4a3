"""A comparison of two copies finds every difference, and only differences."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.verify.comparison import Pair, Rows, pairs
from schemas.records import Row, UserHistory, UserProfile
from tests.row_strategies import RECORDS, applied, rows

KEYS = st.sampled_from([b"acme/a", b"acme/a\x00x", b"acme/aa", b"acme/b", b"b/a"])
COPIES = st.dictionaries(KEYS, st.sampled_from([b"1", b"2", b"3"]))


def says_something(row: Row) -> tuple[str, ...]:
    return tuple(name for name in row.__struct_fields__ if name not in ("applied", "offsets"))


@given(COPIES, COPIES)
def test_every_key_comes_once_with_what_both_copies_have(built: dict[bytes, bytes], live: dict[bytes, bytes]) -> None:
    found = list(pairs(sorted(built.items()), sorted(live.items())))
    assert found == [Pair(key, built.get(key), live.get(key)) for key in sorted(built.keys() | live.keys())]


@given(rows(), applied())
def test_where_a_row_stands_in_the_log_does_not_count(row: Any, elsewhere: Mapping[str, int]) -> None:
    moved = replace(row, applied=dict(elsewhere))
    if isinstance(moved, UserHistory):
        moved = replace(moved, offsets=bytes(len(moved.offsets)))
    assert Rows(b"k", row, moved).differing == ()


@given(st.data())
def test_every_field_that_says_something_else_is_found(data: st.DataObject) -> None:
    of_a_table = data.draw(
        st.sampled_from([strategy for record, strategy in RECORDS.items() if issubclass(record, Row)])
    )
    built, live = data.draw(of_a_table), data.draw(of_a_table)
    changed = data.draw(st.sets(st.sampled_from(says_something(built))))
    mixed = replace(built, **{name: getattr(live, name) for name in changed})
    assert set(Rows(b"k", built, mixed).differing) == {
        name for name in changed if getattr(built, name) != getattr(live, name)
    }


@given(rows())
def test_a_row_that_is_missing_differs_in_everything(row: Any) -> None:
    assert Rows(b"k", row, None).differing == Rows(b"k", None, row).differing == says_something(row)


def test_the_further_row_tells_how_far_both_are_to_go() -> None:
    cut = {0: 10, 1: 10, 2: 10, 3: 10}
    built = UserProfile(applied={"0": 9, "1": 10, "2": 12})
    live = UserProfile(applied={"0": 8, "1": 15, "9": 99, "none": 99})
    assert Rows(b"k", built, live).reached(cut) == {1: 15, 2: 12}
    assert Rows(b"k", None, live).reached(cut) == {1: 15}
    assert Rows(b"k", built, UserProfile()).reached({0: 10}) == {}
