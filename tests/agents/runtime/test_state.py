"""TableState: rows that are sent and not yet stored are what the next batch goes on from."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.cache import RowCache
from agents.runtime.state import TableState, Written
from agents.tables import ITEM_NEIGHBORS
from schemas.loading import local_codecs
from schemas.records import ItemNeighbors
from topics.budget import StoreBudget
from topics.changelogs import CHANGELOGS
from topics.replica import Replica

CODECS = local_codecs({topic.subject: topic.record for topic in CHANGELOGS})
KEYS = (b"t/a", b"t/b", b"t/c")


@pytest.fixture(scope="module")
def budget() -> StoreBudget:
    return StoreBudget()


def row(number: int) -> ItemNeighbors:
    return ItemNeighbors(applied={"0": number})


@given(
    st.lists(st.sets(st.sampled_from(KEYS), min_size=1), min_size=1, max_size=8),
    st.sampled_from([0, 1 << 20]),
)
def test_a_row_is_always_the_one_sent_last_whether_it_is_stored_or_not(
    tmp_path_factory: pytest.TempPathFactory, budget: StoreBudget, batches: list[set[bytes]], cached_bytes: int
) -> None:
    """Two batches are on their way at once, as with a runner; the first of them is stored when the third is sent."""
    folder: Path = tmp_path_factory.mktemp("state")
    state = TableState(
        ITEM_NEIGHBORS, CODECS.of(ITEM_NEIGHBORS.changelog), Replica.open(folder, budget), RowCache(cached_bytes)
    )
    latest: dict[bytes, ItemNeighbors] = {}
    under_way: list[list[Written[ItemNeighbors]]] = []
    position = 0
    for number, keys in enumerate(batches):
        written = [(key, row(number), state.encode(row(number))) for key in sorted(keys)]
        state.send(written)
        latest |= {key: made for key, made, _ in written}
        under_way.append(written)
        assert [state.get(key) for key in KEYS] == [latest.get(key, ITEM_NEIGHBORS.empty) for key in KEYS]
        if len(under_way) == 2:
            position = _stored(state, under_way.pop(0), position)
            assert [state.get(key) for key in KEYS] == [latest.get(key, ITEM_NEIGHBORS.empty) for key in KEYS]
    for written in under_way:
        position = _stored(state, written, position)
    assert dict(state.stored(KEYS)) == {key: state.encode(made) for key, made in latest.items()}
    state.close()


def _stored(state: TableState[ItemNeighbors], written: list[Written[ItemNeighbors]], position: int) -> int:
    state.write(written, position + len(written))
    state.settle(written)
    return position + len(written)
