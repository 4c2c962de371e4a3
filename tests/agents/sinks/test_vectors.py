"""What stands in Milvus is a function of the log, however it is cut, and wherever the sink begins again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from threading import Event
from unittest.mock import create_autospec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agents.errors import SinkUnavailableError
from agents.sinks.collections import Collection, Collections
from agents.sinks.vectors import VectorSink
from schemas.loading import local_codecs
from schemas.model_records import Vector, VectorSet
from schemas.packing import pack_floats
from schemas.tenancy import TenantKey
from tests.topics.logbook import Log, message
from topics.catalog import ITEM_VECTORS, USER_VECTORS, VECTOR_SETS
from topics.offsets import LogOffsets, Partition
from topics.partitioning import partition_of
from topics.reader import Batch, LogReader
from topics.vector_store import VectorSpace
from topics.vectors import SUBJECTS, set_key, vector_key

CODECS = local_codecs(SUBJECTS)
PARTITIONS = 2
SIZE = 3


class Memory(Collections):
    """Milvus, as far as the sink uses it; fails at the calls whose numbers it is given."""

    def __init__(self) -> None:
        self.content: dict[str, dict[str, tuple[float, ...]]] = {}
        self.described: dict[str, tuple[Collection, dict[Partition, int]]] = {}
        self.aliases: dict[str, str] = {}
        self.failing: set[int] = set()
        self.calls = 0

    def _called(self) -> None:
        self.calls += 1
        if self.calls in self.failing:
            raise SinkUnavailableError("away")

    def all(self) -> dict[Collection, dict[Partition, int]]:
        return dict(self.described.values())

    def create(self, collection: Collection, positions: Mapping[Partition, int]) -> None:
        self._called()
        self.content.setdefault(collection.name, {})
        self.described.setdefault(collection.name, (collection, dict(positions)))

    def upsert(self, collection: Collection, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._called()
        self.content[collection.name].update(zip(ids, map(tuple, vectors.tolist()), strict=True))

    def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        self._called()
        for each in ids:
            self.content[collection.name].pop(each, None)

    def settle(self, collection: Collection, positions: Mapping[Partition, int], *, written: bool) -> None:
        self._called()
        self.described[collection.name] = collection, dict(positions)

    def answer(self, collection: Collection) -> None:
        self._called()
        self.aliases[collection.space.alias] = collection.name

    def drop(self, collection: Collection) -> None:
        self._called()
        assert collection.name not in self.aliases.values()
        del self.content[collection.name], self.described[collection.name]

    def answers(self, space: VectorSpace) -> dict[str, tuple[float, ...]]:
        return self.content[self.aliases[space.alias]]


def reader_of(log: Log, random: Random, stop: Event) -> LogReader:
    """Return a reader that gives the log in pieces of any size, partitions mixed, and then lets the sink stop."""

    def read(start: Mapping[Partition, int], **_: object) -> Iterator[Batch]:
        positions = dict(start)
        while left := [at for at, position in positions.items() if position < len(log.get(at, ()))]:
            at = random.choice(left)
            end = random.randint(positions[at] + 1, len(log[at]))
            records = [message(at, offset, *log[at][offset]) for offset in range(positions[at], end)]
            positions[at] = end
            yield Batch(at, records, end)
        for at, position in positions.items():
            yield Batch(at, [], position)
        stop.set()

    offsets = create_autospec(LogOffsets, instance=True)
    offsets.partitions.side_effect = lambda topic: [Partition(topic, number) for number in range(PARTITIONS)]
    offsets.start.side_effect = lambda asked: dict.fromkeys(asked, 0)
    reader = create_autospec(LogReader, instance=True, offsets=offsets)
    reader.read.side_effect = read
    found: LogReader = reader
    return found


def vector(tenant: str, item: str, version: int, value: float, model: str = "m") -> Vector:
    numbers = np.full(SIZE, value, np.float32)
    return Vector(tenant, item, model, f"v{version}", version, pack_floats(numbers))


def record(each: Vector) -> tuple[bytes, bytes]:
    return vector_key(TenantKey(each.tenant_id, each.id).encode(), each.model), CODECS.of(ITEM_VECTORS).encode(each)


def gone(tenant: str, item: str, model: str = "m") -> tuple[bytes, None]:
    return vector_key(TenantKey(tenant, item).encode(), model), None


def whole(log: Log, version: int, tenant: str = "a") -> tuple[bytes, bytes]:
    """Return what says that all vectors of the version are in the log."""
    written = {f"{at.topic}/{at.number}": len(records) for at, records in log.items() if at.topic == ITEM_VECTORS.name}
    found = VectorSet(tenant, "item", "m", f"v{version}", version, SIZE, written, {}, 0)
    return set_key(found), CODECS.of(VECTOR_SETS).encode(found)


def sink(log: Log, milvus: Memory, seed: int = 0, failures: Sequence[int] = ()) -> None:
    """Let a sink write the log, begun again after each failure."""
    milvus.failing = {milvus.calls + number for number in failures}
    stop = Event()
    VectorSink(reader_of(log, Random(seed), stop), CODECS, milvus).follow(stop, retry_s=0)


tenants, items = st.sampled_from(["a", "b"]), st.sampled_from(["i0", "i1", "i2"])
changes = st.lists(
    st.tuples(tenants, items, st.none() | st.integers(1, 3), st.integers(1, 9), st.integers(0, PARTITIONS - 1)),
    max_size=25,
)


def log_of(drawn: list[tuple[str, str, int | None, int, int]]) -> Log:
    """Return the log; each item lies in one partition."""
    log: Log = {Partition(ITEM_VECTORS.name, number): [] for number in range(PARTITIONS)}
    for tenant, item, version, value, _ in drawn:
        at = Partition(ITEM_VECTORS.name, partition_of(TenantKey(tenant, item).encode(), PARTITIONS))
        log[at].append(gone(tenant, item) if version is None else record(vector(tenant, item, version, value)))
    return log


@given(changes, st.integers(0, 99), st.lists(st.integers(1, 30), max_size=4))
def test_the_complete_version_holds_just_the_latest_of_its_vectors(
    drawn: list[tuple[str, str, int | None, int, int]], seed: int, failures: list[int]
) -> None:
    log = log_of(drawn)
    latest = {(tenant, item): (version, value) for tenant, item, version, value, _ in drawn}
    log[Partition(VECTOR_SETS.name, 0)] = [whole(log, 3, tenant) for tenant in "ab"]
    milvus = Memory()
    sink(log, milvus, seed, failures)
    for tenant in "ab":
        space = VectorSpace(tenant, "item", "m")
        expected = {
            item: (float(value),) * SIZE
            for (owner, item), (version, value) in latest.items()
            if (owner, version) == (tenant, 3)
        }
        found = milvus.answers(space)
        assert {item: found[item] for item in expected} == expected
        # What is left over was replaced by a later record of another version, never deleted.
        assert all(latest[tenant, item][0] not in (None, 3) for item in found.keys() - expected.keys())


def test_the_version_before_stays_and_older_ones_go() -> None:
    log: Log = {Partition(ITEM_VECTORS.name, 0): [], Partition(VECTOR_SETS.name, 0): []}
    milvus, space = Memory(), VectorSpace("a", "item", "m")
    for version in (1, 2, 3):
        log[Partition(ITEM_VECTORS.name, 0)].append(record(vector("a", "i", version, version)))
        sink(log, milvus)
        assert milvus.aliases.get(space.alias) == (space.collection(f"v{version - 1}") if version > 1 else None)
        log[Partition(VECTOR_SETS.name, 0)].append(whole(log, version))
        sink(log, milvus)
        assert milvus.aliases[space.alias] == space.collection(f"v{version}")
    assert sorted(milvus.content) == sorted([space.collection("v2"), space.collection("v3")])


def test_an_empty_milvus_is_filled_from_the_beginning() -> None:
    log: Log = {Partition(ITEM_VECTORS.name, 0): [record(vector("a", "i", 1, 5)), gone("a", "j")]}
    log[Partition(VECTOR_SETS.name, 1)] = [whole(log, 1)]
    sink(log, Memory())
    filled = Memory()
    sink(log, filled)
    assert filled.answers(VectorSpace("a", "item", "m")) == {"i": (5.0,) * SIZE}
    calls = filled.calls
    sink(log, filled)
    assert filled.calls <= calls + 2, "what is there is not written again"


@pytest.mark.parametrize(
    "bad",
    [
        (b"a/i\0m", b"no record"),
        (b"no key", record(vector("a", "i", 1, 1))[1]),
        (b"b/i\0m", record(vector("a", "i", 1, 1))[1]),
        (b"a/i\0other", record(vector("a", "i", 1, 1))[1]),
        record(Vector("a", "i", "m", "v1", 1, b"")),
        record(Vector("a", "i", "m", "v1", 1, b"abc")),
        record(Vector("a", "i", "m", "v1", 1, pack_floats(np.full(SIZE, np.nan, np.float32)))),
        record(Vector("a", "i", "m", "v1", 1, pack_floats(np.ones(SIZE + 1, np.float32)))),
    ],
)
def test_what_is_no_vector_of_its_key_is_left_out_and_the_rest_goes_on(bad: tuple[bytes, bytes]) -> None:
    log: Log = {
        Partition(ITEM_VECTORS.name, 0): [record(vector("a", "first", 1, 1)), bad, record(vector("a", "z", 1, 2))]
    }
    log[Partition(VECTOR_SETS.name, 0)] = [whole(log, 1)]
    milvus = Memory()
    sink(log, milvus)
    assert milvus.answers(VectorSpace("a", "item", "m")) == {"first": (1.0,) * SIZE, "z": (2.0,) * SIZE}


def test_users_and_items_of_one_id_keep_apart() -> None:
    log: Log = {
        Partition(ITEM_VECTORS.name, 0): [record(vector("a", "x", 1, 1))],
        Partition(USER_VECTORS.name, 0): [record(vector("a", "x", 1, 2)), gone("a", "y")],
    }
    milvus = Memory()
    sink(log, milvus)
    assert milvus.content[VectorSpace("a", "item", "m").collection("v1")] == {"x": (1.0,) * SIZE}
    assert milvus.content[VectorSpace("a", "user", "m").collection("v1")] == {"x": (2.0,) * SIZE}
