"""The fence: what a row holds already is told by its position."""

from hypothesis import given
from hypothesis import strategies as st

from agents.folds.sourced import Sourced, fresh
from schemas.records import Row
from tests.row_strategies import applied

positions = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20))).map(
    lambda places: [Sourced(None, partition, offset, 0) for partition, offset in places]
)


@given(applied(), positions)
def test_each_position_passes_once_and_in_order(before: dict[str, int], events: list[Sourced[None]]) -> None:
    row = Row(applied=before)
    new, after = fresh(row, events)
    for partition in {sourced.partition for sourced in events}:
        passed = [sourced.offset for sourced in new if sourced.partition == partition]
        assert passed == sorted(set(passed))
        assert all(offset > before.get(str(partition), -1) for offset in passed)
        seen = [sourced.offset for sourced in events if sourced.partition == partition]
        assert after[str(partition)] == max(*seen, before.get(str(partition), -1))
    assert fresh(Row(applied=after), events) == ([], after)
    assert row.applied == before
