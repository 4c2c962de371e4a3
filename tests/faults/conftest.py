"""What the fault tests share: a platform of their own for those that break servers, load, and the comparison."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from deploy.demo.child import Child
from deploy.local.settings import StackSettings
from deploy.local.stack import LocalStack, Stack
from schemas.records import BehaviorEvent, ItemChange, UserChange
from schemas.validation import Event
from tests.faults.oracle import changelogs, oracle, store
from tests.integration.conftest import Platform, prepare, settled
from topics.catalog import SOURCES
from topics.errors import BrokerUnavailableError
from topics.events import EventProducer
from topics.offsets import Partition

WORKER = {
    "TIDELINE_WORKER_SESSION_TIMEOUT_S": "6",  # the least that a broker takes
    "TIDELINE_WORKER_COMMIT_INTERVAL_S": "0.2",
    "TIDELINE_WORKER_FETCH_RECORDS": "200",  # many small batches: more places to break at
    "TIDELINE_WORKER_BATCH_RECORDS": "200",
}
ACTIONS = ("view", "click", "like", "purchase")


@dataclass(frozen=True)
class Broken:
    """A stack whose servers a test may stop, kill and start."""

    stack: LocalStack
    platform: Platform


@pytest.fixture(scope="session")
async def faulty(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The session's stack, for faults of workers: the broker and the registry stay as they are."""
    return await prepare(stack, tmp_path_factory.mktemp("faults"), **WORKER)


@pytest.fixture(scope="module")
async def broken(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broken]:
    """A stack of the module's own, for faults of the servers and of the log."""
    async with LocalStack(StackSettings.disposable()) as stack:
        yield Broken(stack, await prepare(stack, tmp_path_factory.mktemp("broken"), **WORKER))


def events(tenant: str, count: int, *, seed: int = 7) -> Iterator[Event]:
    """Yield events of the last two days, in no order: behaviour, and among it changes of items and of users.

    Every tenth is sent again some time later.
    """
    draw = random.Random(seed)
    again: list[Event] = []
    for number in range(count):
        make = (change_of_item, change_of_user)[number % 2] if number % 7 == 0 else behavior
        event = make(draw, f"{tenant}-{seed}-{number}", tenant)
        yield event
        if number % 10 == 0:
            again.append(event)
        elif number % 10 == 5:
            yield draw.choice(again)


def behavior(draw: random.Random, event_id: str, tenant: str) -> BehaviorEvent:
    return BehaviorEvent(event_id, tenant, user(draw), item(draw), draw.choice(ACTIONS), lately(draw))


def change_of_item(draw: random.Random, event_id: str, tenant: str) -> ItemChange:
    status = draw.choice((None, "active", "hidden"))
    return ItemChange(event_id, tenant, item(draw), "update", lately(draw), title=f"title {event_id}", status=status)


def change_of_user(draw: random.Random, event_id: str, tenant: str) -> UserChange:
    attributes = {draw.choice(("age", "town")): event_id}
    return UserChange(event_id, tenant, user(draw), "update", lately(draw), attributes=attributes)


def user(draw: random.Random) -> str:
    return f"u{draw.randrange(200)}"


def item(draw: random.Random) -> str:
    return f"i{draw.randrange(50)}"


def lately(draw: random.Random) -> int:
    return time.time_ns() // 1_000_000 - draw.randrange(2 * 86_400_000)


async def send(platform: Platform, batch: Sequence[Event] | Iterator[Event]) -> None:
    """Send the events; return when the broker has confirmed all of them."""

    def run() -> None:
        with EventProducer(platform.kafka, platform.codecs) as producer:
            for event in batch:
                producer.send(event)

    await asyncio.to_thread(run)


@dataclass
class Load:
    """Events that go on coming."""

    platform: Platform
    tenant: str
    per_s: int
    sent: int = field(default=0, init=False)
    _seed: int = field(default=1000, init=False)

    async def run(self) -> None:
        """Send a tenth of a second's events ten times a second, until cancelled."""
        while True:
            await send(self.platform, list(events(self.tenant, self.per_s // 10, seed=self._seed)))
            self.sent += self.per_s // 10
            self._seed += 1
            await asyncio.sleep(0.1)


@asynccontextmanager
async def load(platform: Platform, tenant: str, per_s: int = 400) -> AsyncIterator[Load]:
    """Keep events coming while the block runs."""
    running = Load(platform, tenant, per_s)
    task = asyncio.create_task(running.run())
    try:
        yield running
        assert not task.done(), "the load went on to the end"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def assert_exact(platform: Platform, tenant: str, folder: Path | None = None) -> None:
    """Compare the changelogs, and a stopped worker's store, with the oracle: every row of every table."""
    expected = await asyncio.to_thread(oracle, platform, tenant)
    assert expected, "the oracle has rows"
    found = {"changelogs": await asyncio.to_thread(changelogs, platform, tenant)}
    if folder is not None:
        found["store"] = await asyncio.to_thread(store, platform, folder, tenant)
    for where, contents in found.items():
        places = expected.keys() | contents.keys()
        differing = sorted(place for place in places if expected.get(place) != contents.get(place))
        assert not differing, f"{len(differing)} of {len(expected)} rows of the {where} differ: {differing[:5]}"


async def finish(platform: Platform, tenant: str, folder: Path) -> None:
    """Let one worker alone do what is left; compare its store and the changelogs with the oracle."""
    # Something for every partition, so that the worker has opened the rows of all of them when it is done.
    await send(platform, events(tenant, 400, seed=999))
    async with platform.tideline.start("finisher", "worker", "--state-dir", str(folder)) as worker:
        await settled(platform, worker)
    await assert_exact(platform, tenant, folder / "0")


async def ended(child: Child) -> NoReturn:
    """Raise ChildEndedError when the child has ended by itself."""
    async with asyncio.timeout(120):
        while True:
            child.check()
            await asyncio.sleep(0.05)


async def progress(platform: Platform) -> None:
    """Return when the group has committed something that it had not when this was called."""
    before = await committed(platform)
    try:
        async with asyncio.timeout(90):
            while True:
                await asyncio.sleep(0.05)
                if await committed(platform) != before:
                    return
    except TimeoutError:
        lags = await asyncio.to_thread(platform.offsets.lag, "tideline", [topic.name for topic in SOURCES])
        behind = {place: lag for place, lag in lags.items() if lag.records}
        pytest.fail(f"the group committed nothing; it is behind in {behind or 'nothing: nothing came'}")


async def committed(platform: Platform) -> dict[Partition, int]:
    """Return what the group has committed; wait for a broker that comes back from a crash."""
    async with asyncio.timeout(90):
        while True:
            with suppress(BrokerUnavailableError):
                return await asyncio.to_thread(platform.offsets.committed, "tideline")
