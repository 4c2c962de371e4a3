"""Replica: rows and position move together, or not at all."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.tenancy import TenantKey, chunk_key, chunk_prefix
from tests.strategies import tenant_keys
from topics.budget import StoreBudget
from topics.errors import StoreError
from topics.replica import Mark, Replica

BUDGET = StoreBudget(8 << 20)

row_keys = st.builds(
    lambda key, chunk: key.encode() if chunk is None else chunk_key(key.encode(), chunk),
    tenant_keys(),
    st.none() | st.dates().map(str),
)
writes = st.lists(st.lists(st.tuples(row_keys, st.none() | st.binary(max_size=50)), max_size=8), max_size=8)


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    with Replica.open(tmp_path / "rows", BUDGET) as opened:
        yield opened


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=writes)
def test_is_the_dictionary_of_what_was_written(
    replica: Replica, batches: list[list[tuple[bytes, bytes | None]]]
) -> None:
    replica.wipe()
    expected: dict[bytes, bytes] = {}
    for number, batch in enumerate(batches, start=1):
        replica.write(batch, number)
        for key, value in batch:
            expected.pop(key, None)
            if value is not None:
                expected[key] = value
    assert dict(replica.items()) == expected
    assert list(expected) == [] or replica.multi_get(sorted(expected)) == [expected[key] for key in sorted(expected)]
    assert replica.position == len(batches)


def test_rows_and_position_survive_closing(tmp_path: Path) -> None:
    with Replica.open(tmp_path / "rows", BUDGET) as first:
        first.wipe(source="topic-id")
        first.write([(b"demo/u1", b"row")], 7)
        mark = first.mark
    with Replica.open(tmp_path / "rows", BUDGET) as second:
        assert second.get(b"demo/u1") == b"row"
        assert second.mark == mark
        assert (mark.position, mark.source) == (7, "topic-id")
        assert mark.written_at > 0


def test_a_new_replica_is_empty_and_at_the_start(replica: Replica) -> None:
    assert replica.mark == Mark(0, 0, "")
    assert list(replica.items()) == []
    assert replica.get(b"demo/u1") is None


@given(ids=st.sets(st.text("ab/", min_size=1, max_size=4), min_size=1, max_size=6))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_scan_finds_the_chunks_of_one_key_only(replica: Replica, ids: set[str]) -> None:
    replica.wipe()
    keys = [TenantKey("demo", identity).encode() for identity in ids]
    days = ("2024-01-01", "2024-01-02")
    replica.write([(key, b"unchunked") for key in keys], 1)
    replica.write([(chunk_key(key, day), key) for key in keys for day in days], 2)
    for key in keys:
        assert replica.scan(chunk_prefix(key)) == [(chunk_key(key, day), key) for day in days]


def test_a_failing_batch_leaves_rows_and_position(replica: Replica) -> None:
    replica.write([(b"demo/u1", b"old")], 5)

    def rows() -> Iterator[tuple[bytes, bytes | None]]:
        yield b"demo/u1", b"new"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replica.write(rows(), 6)
    assert replica.get(b"demo/u1") == b"old"
    assert replica.position == 5


def test_a_position_never_goes_back(replica: Replica) -> None:
    replica.write([(b"demo/u1", b"row")], 5)
    with pytest.raises(StoreError, match="at 5 and cannot go back to 4"):
        replica.write([(b"demo/u1", b"other")], 4)
    assert replica.get(b"demo/u1") == b"row"


def test_wiping_starts_again_as_a_copy_of_another_topic(replica: Replica) -> None:
    replica.write([(b"demo/u1", b"row")], 5)
    replica.wipe(source="another")
    assert replica.mark == Mark(0, 0, "another")
    assert replica.get(b"demo/u1") is None


def test_two_holders_of_one_folder_are_refused(replica: Replica) -> None:
    with pytest.raises(StoreError, match="another process holds it"):
        Replica.open(replica.path, BUDGET)


def test_a_closed_replica_says_so(replica: Replica) -> None:
    replica.close()
    with pytest.raises(StoreError, match="could not be read"):
        replica.get(b"demo/u1")


def test_a_damaged_replica_starts_again_empty(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "rows"
    with Replica.open(path, BUDGET) as first:
        first.write([(b"demo/u1", b"row")], 5)
    (path / "CURRENT").write_text("MANIFEST-999999\n")
    with Replica.open(path, BUDGET) as second:
        assert second.position == 0
        assert second.get(b"demo/u1") is None
    assert "starts again from its changelog" in caplog.text


def test_all_replicas_share_one_budget(tmp_path: Path) -> None:
    budget = StoreBudget(16 << 20)
    value = bytes(1000)
    with ExitStack() as opened:
        replicas = [opened.enter_context(Replica.open(tmp_path / str(number), budget)) for number in range(4)]
        for round_ in range(20):
            for replica in replicas:
                replica.write(((b"demo/%d-%d" % (round_, row), value) for row in range(500)), round_ + 1)
        for replica in replicas:
            assert sum(1 for _ in replica.items()) == 10_000
        assert budget.used_bytes > 4 << 20
        # Writers are never stalled, so what is not on disk yet may exceed the budget until the flush has caught up.
        deadline = time.monotonic() + 60
        while budget.used_bytes > 20 << 20:
            assert time.monotonic() < deadline, f"{budget.used_bytes:,} bytes stay in memory"
            time.sleep(0.05)
