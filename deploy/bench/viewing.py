"""Views: how long a server takes to read a large catalogue, and how much memory an item takes."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from deploy.bench.rig import Rig
from deploy.bench.workload import TENANT
from deploy.demo.child import Child
from deploy.demo.client import Client
from deploy.demo.steps import step
from deploy.local.ports import free_ports
from schemas.packing import STAMPS
from schemas.records import Item
from schemas.tenancy import TenantKey
from topics.changelogs import ITEM
from topics.partitioning import partition_of
from topics.runs import RunProducer

_BATCH: Final = 10_000
_TIMEOUT_S: Final = 600.0
_TAGS: Final = [f"tag {number}" for number in range(200)]
_AUTHORS: Final = 20_000
_NOW_MS: Final = 1_764_460_800_000
_YEAR_MS: Final = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Viewed:
    """A server that has read the catalogue."""

    seconds: float
    """From its start until it serves."""

    again_s: float
    """The same when it is started again, with the stores of the first time."""

    bytes_per_item: float
    """Of resident memory, over what a server of an empty catalogue takes."""


async def view_items(rig: Rig, items: int) -> Viewed:
    """Start servers over an empty catalogue and over one of so many items; raise ChildEndedError if one ends.

    The rows are synthetic: three tags of two hundred, one author of twenty thousand, a title of some thirty letters.
    """
    with step(rig.console, "a server of an empty catalogue"):
        _, empty = await _serve(rig, "empty")
    with step(rig.console, f"{items:,} rows written to {ITEM.name}"):
        await asyncio.to_thread(_write, rig, items)
    with step(rig.console, "a server of all of them"):
        seconds, full = await _serve(rig, "full")
    with step(rig.console, "the same, started again"):
        again, _ = await _serve(rig, "full")
    return Viewed(seconds, again, (full - empty) / items)


async def _serve(rig: Rig, name: str) -> tuple[float, int]:
    """Return the seconds that a server takes until it serves, and its resident memory then, in bytes."""
    (port,) = free_ports(1)
    state = str(rig.folder / f"views-{name}")
    arguments = ["serve", "--port", str(port), "--state-dir", state]
    started = time.perf_counter()
    async with Child(f"server {name}", arguments, rig.environment, rig.folder / f"{name}.log") as server:
        async with Client(f"127.0.0.1:{port}", TENANT, "home") as client:
            await client.wait_until_serving(server, _TIMEOUT_S)
        return time.perf_counter() - started, server.rss


def _write(rig: Rig, items: int) -> None:
    codec = rig.codecs.of(ITEM)
    partitions = rig.kafka.partitions
    sent = []
    with RunProducer(rig.kafka) as producer:
        for batch in _batches(items):
            runs: dict[int, list[tuple[bytes | None, bytes]]] = {}
            for key, row in batch:
                runs.setdefault(partition_of(key, partitions), []).append((key, codec.encode(row)))
            sent += [producer.send_rows(ITEM.name, partition, run) for partition, run in runs.items()]
        for last in sent:
            last.result()


def _batches(items: int) -> Iterator[list[tuple[bytes, Item]]]:
    rng = np.random.default_rng(7)
    for begin in range(0, items, _BATCH):
        size = min(_BATCH, items - begin)
        tags = rng.integers(0, len(_TAGS), (size, 3)).tolist()
        authors, ages = rng.integers(0, _AUTHORS, size).tolist(), rng.integers(0, _YEAR_MS, size).tolist()
        yield [
            (TenantKey(TENANT, f"item-{begin + at}").encode(), _item(begin + at, tags[at], authors[at], ages[at]))
            for at in range(size)
        ]


def _item(number: int, tags: list[int], author: int, age_ms: int) -> Item:
    stamps = STAMPS.pack([(_NOW_MS - age_ms, number)] * 7)
    return Item(
        applied={str(number % 4): number},
        title=f"What is told of number {number}",
        categories=[_TAGS[tags[0] % 20]],
        tags=[_TAGS[tag] for tag in tags],
        author=f"author {author}",
        publish_time=_NOW_MS - age_ms,
        status="active",
        stamps=stamps,
    )
