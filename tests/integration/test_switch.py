"""Switching on the real stack: under a stream of calls, to tables that another worker made, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import grpc
import orjson
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.ports import free_ports
from schemas.records import GenerationChange, GenerationStatus, ItemChange
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc
from serving.roster import SERVICES
from tests.integration.conftest import Platform, settled
from topics.admin import TopicAdmin
from topics.catalog import DERIVED, REFRESHED
from topics.changelogs import CHANGELOGS
from topics.events import EventProducer
from topics.generation import FIRST, Generation
from topics.generations import Generations
from topics.moments import now_ms
from topics.producer import LogProducer

pytestmark = pytest.mark.integration

TENANT: Final = "switch"
FOLLOWED: Final = set(CHANGELOGS)
SERVING: Final = health_pb2.HealthCheckResponse.SERVING
HEALTH: Final = health_pb2.HealthCheckRequest(service=SERVICES["recommend"].full_name)
OLD: Final = {"old-1", "old-2"}
NEW: Final = OLD | {"new"}


@dataclass
class Stream:
    """One client that asks again and again; a call that fails ends it, and with it the test."""

    stub: recommendation_pb2_grpc.RecommendServiceStub
    other: Generation
    answers: list[tuple[int, set[str]]] = field(default_factory=list)
    """Generation and items of each."""

    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while True:
            answer = await self.stub.Recommend(pb.RecommendRequest(tenant_id=TENANT, user_id="u", count=9), timeout=10)
            self.answers.append((self._generation(answer), {item.item_id for item in answer.items}))
            self._came.set()
            await asyncio.sleep(0.02)  # without it nothing of the machine would be left for what is to be tested

    async def next(self) -> tuple[int, set[str]]:
        """Return the next answer that comes."""
        self._came.clear()
        await self._came.wait()
        return self.answers[-1]

    def _generation(self, answer: pb.RecommendResponse) -> int:
        topics = {position.topic for position in answer.state} - {REFRESHED.name}
        (number,) = (one.number for one in (FIRST, self.other) if {one.name(topic) for topic in FOLLOWED} == topics)
        return number


@dataclass
class Running:
    """A server under load, seen from outside."""

    streams: list[Stream]

    async def until(self, holds: Callable[[int, set[str]], bool], what: str) -> None:
        """Return when each client had an answer from now on that is so; fail with what they get instead."""
        try:
            async with asyncio.timeout(60):
                for stream in self.streams:
                    while not holds(*await stream.next()):
                        pass
        except TimeoutError:
            pytest.fail(f"not {what}; last answers: {[stream.answers[-1:] for stream in self.streams]}")


@pytest.fixture(scope="module")
def other(platform: Platform) -> Iterator[Generation]:
    """Make the topics of another generation, as a rebuild does; a worker is to fill them."""
    generation = Generations(platform.reader, platform.codecs).next()
    admin = TopicAdmin(platform.kafka)
    admin.apply(admin.plan([generation.of(topic) for topic in DERIVED]))
    record(platform, generation, GenerationStatus.BUILT)
    yield generation
    record(platform, generation, GenerationStatus.DROPPED)
    admin.delete(generation.name(topic) for topic in DERIVED)


def record(platform: Platform, generation: Generation, status: GenerationStatus) -> None:
    with LogProducer(platform.kafka) as producer:
        generations = Generations(platform.reader, platform.codecs)
        generations.record(producer, GenerationChange(generation.number, status, now_ms()))


@asynccontextmanager
async def running(platform: Platform, other: Generation) -> AsyncIterator[Running]:
    """Serve to two clients; a call that fails, or health that does not say SERVING, ends the test."""
    (port,) = free_ports(1)
    serve = ("serve", "--port", str(port), "--state-dir", str(platform.tideline.folder / "switch-views"))
    async with (
        platform.tideline.start("switch-serve", *serve),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        health = aiter(health_pb2_grpc.HealthStub(channel).Watch(HEALTH, wait_for_ready=True))
        await until_serving(health)
        stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
        made = Running([Stream(stub, other) for _ in range(2)])
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(stream.run()) for stream in made.streams]
            tasks.append(group.create_task(watch(health)))
            yield made
            for task in tasks:
                task.cancel()


async def until_serving(health: AsyncIterator[health_pb2.HealthCheckResponse]) -> None:
    try:
        async with asyncio.timeout(90):
            while (await anext(health)).status != SERVING:
                pass
    except TimeoutError:
        pytest.fail("health does not say SERVING")


async def until_said(platform: Platform, words: str) -> None:
    """Return when the server's log has the words."""
    log = platform.tideline.folder / "switch-serve.log"
    try:
        async with asyncio.timeout(60):
            while True:
                if words in await asyncio.to_thread(log.read_text):
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"the server did not say {words!r}; it said: {log.read_text()}")


async def watch(health: AsyncIterator[health_pb2.HealthCheckResponse]) -> None:
    async for answer in health:
        assert answer.status == SERVING


async def test_serving_moves_to_another_generation_and_back_without_a_gap(
    platform: Platform, other: Generation
) -> None:
    async with platform.tideline.start("switch-worker", "worker"):
        create(platform, *OLD)
        await settled(platform)
    create(platform, "new")
    async with running(platform, other) as made:
        assert f"tideline worker --generation {other}" in await refused(platform, str(other), "--wait", "0")

        async with platform.tideline.start("switch-other-worker", "worker", "--generation", str(other)):
            told = await switched(platform, str(other), "--wait", "60")
            assert told == {"generation": other.number, "previous": 0}
            await made.until(lambda number, items: number == other.number and items == NEW, "served by the other")

        assert await switched(platform, "--back", "--behind") == {"generation": 0, "previous": other.number}
        await made.until(lambda number, _: number == 0, "served by the first again")

        record(platform, Generation(other.number + 1000), GenerationStatus.SERVING)
        await until_said(platform, f"generation {other.number + 1000} cannot serve")
        record(platform, FIRST, GenerationStatus.SERVING)
        await made.until(lambda number, _: number == 0, "served by the first still")
    for stream in made.streams:
        assert [number for number, _ in groupby(number for number, _ in stream.answers)] == [0, other.number, 0]
        assert all(items == OLD for number, items in stream.answers if number == 0), "an event before its switch"


def create(platform: Platform, *items: str) -> None:
    with EventProducer(platform.kafka, platform.codecs) as producer:
        for item in items:
            event = ItemChange(f"switch-{item}", TENANT, item, "create", now_ms(), title=item, status="active")
            producer.send(event)


async def switched(platform: Platform, *arguments: str) -> dict[str, int]:
    done = await asyncio.to_thread(platform.tideline.run, "switch", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = orjson.loads(done.stdout.splitlines()[-1])
    return told


async def refused(platform: Platform, *arguments: str) -> str:
    done = await asyncio.to_thread(platform.tideline.run, "switch", *arguments)
    assert done.returncode == 1, done.stdout
    return done.stderr
