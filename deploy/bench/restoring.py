"""Restore: an empty store brought to the end of a long changelog, as a worker does when it takes over partitions."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

from agents.runtime.state import refuses_to_go_back
from agents.tables import USER_ACTIVITY
from deploy.bench.errors import WrongTablesError
from deploy.bench.oracle import Oracle
from deploy.bench.rig import Rig
from deploy.bench.workload import TENANT, Workload
from deploy.demo.steps import step
from schemas.tenancy import TenantKey
from topics.budget import StoreBudget
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.replica import Replica
from topics.restore import restore

SAMPLE_EVENTS: Final = 100_000
"""Events whose users' rows are the pattern of all rows."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and how long it took."""

    rows: int
    bytes: int
    """Of the encoded rows, without their keys."""

    seconds: float


async def restore_table(rig: Rig, rows: int) -> Restored:
    """Fill the changelog of user_activity with so many users' rows, then restore all of its partitions at once.

    Raises WrongTablesError if another number of rows was restored.
    """
    with step(rig.console, f"{rows:,} rows written to {USER_ACTIVITY.changelog.name}"):
        size = await asyncio.to_thread(_write, rig, rows)
    with step(rig.console, "restored"):
        return await asyncio.to_thread(_restore, rig, rows, size)


def _write(rig: Rig, rows: int) -> int:
    codec = rig.codecs.of(USER_ACTIVITY.changelog)
    pattern = Oracle(Workload(SAMPLE_EVENTS).events()).rows(USER_ACTIVITY)
    encoded = [codec.encode(row) for row in pattern.values()]
    size = 0
    with LogProducer(rig.kafka) as producer:
        for key, value in _keyed(encoded, rows):
            partition = partition_of(key, rig.kafka.partitions)
            producer.send(USER_ACTIVITY.changelog.name, key, value, partition=partition)
            producer.poll(0)
            size += len(value)
    return size


def _keyed(encoded: list[bytes], rows: int) -> Iterator[tuple[bytes, bytes]]:
    for number, value in enumerate(islice(cycle(encoded), rows)):
        yield TenantKey(TENANT, f"u{number}").encode(), value


def _restore(rig: Rig, rows: int, size: int) -> Restored:
    partitions = rig.reader.offsets.partitions(USER_ACTIVITY.changelog.name)
    budget = StoreBudget()
    start = time.perf_counter()
    with ThreadPoolExecutor(len(partitions)) as pool:
        read = sum(pool.map(lambda partition: _restore_one(rig, partition, budget), partitions))
    seconds = time.perf_counter() - start
    if read != rows:
        raise WrongTablesError(f"{read} rows were restored of {rows}")
    return Restored(rows, size, seconds)


def _restore_one(rig: Rig, partition: Partition, budget: StoreBudget) -> int:
    """Return how many rows were read; what a worker's runner does before its first batch (`Kit.open_state`)."""
    accept = refuses_to_go_back(rig.codecs.of(USER_ACTIVITY.changelog))
    with Replica.open(rig.folder / "restored" / str(partition.number), budget) as replica:
        return restore(replica, rig.reader, partition, accept=accept).records
