"""Digest: equal for equal state, and for nothing else."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.folds.digest import combine, digest
from schemas.records import ItemStats, UserHistory
from tests.row_strategies import user_activities


@given(user_activities(), st.dictionaries(st.text(), st.integers(0, 9)))
def test_bookkeeping_and_the_order_of_maps_do_not_show(row, applied) -> None:  # type: ignore[no-untyped-def]
    reordered = replace(row, applied=applied, totals=dict(reversed(row.totals.items())))
    assert digest(b"t/u", reordered) == digest(b"t/u", row)


def test_the_offsets_of_a_history_do_not_show() -> None:
    assert digest(b"k", UserHistory(offsets=bytes(8))) == digest(b"k", UserHistory())


def test_key_table_and_every_field_of_state_show() -> None:
    different = [
        (b"k", UserHistory()),
        (b"l", UserHistory()),
        (b"k", ItemStats()),
        (b"k", UserHistory(items=["a"])),
        (b"k", UserHistory(event_ids=bytes(8))),
        (b"k", UserHistory(acts=bytes(8))),
    ]
    assert len({digest(key, row) for key, row in different}) == len(different)


@given(st.lists(st.integers(0, 2**128 - 1)), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_show_but_their_number_does(digests, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = digests.copy()
    chance.shuffle(shuffled)
    assert combine(shuffled) == combine(digests) < 2**128
    assert combine([7, 7]) != combine([])
