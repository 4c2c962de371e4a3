"""Changing over between worlds in memory: an answer comes from one of them, whole, and no request fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event
from typing import ClassVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from serving.bff.pipeline import Pipeline
from serving.bff.stages import stages
from serving.bff.work import Request, Work
from serving.candidate import Proposal
from serving.config import CHANNELS
from serving.config_file import ServingConfig
from serving.errors import NotReadyError, ViewError
from serving.generations.edition import Edition
from serving.generations.switch import Switch
from serving.generations.watch import Watch
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.query import Query, UserState
from serving.ranking.rankers import make_rankers
from tests.serving.fakes import NOW, TENANT, FixedChannel, FixedWorld, as_channel, catalogue_of
from topics.errors import MissingTopicError
from topics.generation import Generation

REQUEST = Request(TENANT, "u", "default", 10, NOW)


class World(FixedWorld):
    """The world of a generation: it has one item more than its number, and its folder is its own while it is open."""

    def __init__(self, number: int, hall: Hall) -> None:
        super().__init__(catalogue_of([True] * (number + 1)), ready=False)
        self.number = number
        self.hall = hall
        self.failure: Exception | None = None
        self.open = False

    def start(self) -> None:
        assert not any(world.open for world in self.hall.worlds if world.number == self.number), "a folder is locked"
        self.open = True
        self.failure = self.hall.failures.get(self.number)
        self.ready = self.failure is None and self.number not in self.hall.slow

    def stop(self) -> None:
        self.open = self.ready = False

    def user_state(self, tenant: str, user: str, as_of_ms: int) -> UserState:
        assert self.open, "read after its stores were closed"
        return super().user_state(tenant, user, as_of_ms)

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        return {f"item.table.v1.g{self.number}": {0: 1}}


@dataclass
class Newest:
    """Proposes the item that only this generation has, once `hall.held` lets it."""

    waits: ClassVar[bool] = True
    name: str
    number: int
    hall: Hall

    async def recall(self, query: Query, limit: int) -> Proposal:
        await self.hall.held.wait()
        return await FixedChannel(self.name, [self.number]).recall(query, limit)


@dataclass
class Hall:
    """What operators say, the worlds that were made for it, and the switch between them."""

    said: SimpleQueue[int] = field(default_factory=SimpleQueue)
    worlds: list[World] = field(default_factory=list)
    slow: set[int] = field(default_factory=set)
    failures: dict[int, Exception] = field(default_factory=dict)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))

    def __post_init__(self) -> None:
        self.held.set()
        self.switch = Switch(self.edition, cast(Watch, self), self.metrics)

    def changes(self, stop: Event) -> Iterator[Generation]:
        while not stop.is_set():
            try:
                yield Generation(self.said.get(timeout=0.01))
            except Empty:
                continue

    def edition(self, generation: Generation) -> Edition:
        world = World(generation.number, self)
        self.worlds.append(world)
        channels = {name: FixedChannel(name, []) for name in CHANNELS} | {"hot": Newest("hot", world.number, self)}
        every = {name: as_channel(cast(FixedChannel, channel)) for name, channel in channels.items()}
        return Edition(
            generation,
            world,
            Pipeline(stages(world, ServingConfig(), every, make_rankers(Shelf()), self.metrics), self.metrics),
        )

    async def ask(self) -> int:
        """Return the generation that answers; fail if the answer is of more than one."""
        return generation_of(await self.switch.run(REQUEST, asyncio.get_running_loop().time() + 10))

    def serves(self, number: int) -> Callable[[], bool]:
        return lambda: self.value("tideline_serving_generation") == number

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def became(self, outcome: str) -> float:
        return self.value("tideline_serving_switches_total", outcome=outcome) or 0


def generation_of(work: Work) -> int:
    (topic,) = work.positions
    number = int(topic.removeprefix("item.table.v1.g"))
    assert len(work.query.catalogue) == number + 1
    assert work.outcomes["hot"].proposal.items.tolist() == [number]
    assert not work.degraded
    return number


async def eventually(holds: Callable[[], bool]) -> None:
    """Return when it holds; fail after ten seconds."""
    deadline = asyncio.get_running_loop().time() + 10
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "did not come true in time"
        await asyncio.sleep(0.001)


@asynccontextmanager
async def hall(*, first: int | None = 0) -> AsyncIterator[Hall]:
    """Give a hall in which the first generation serves; at the end every world must be closed."""
    made = Hall()
    async with made.switch:
        if first is not None:
            made.said.put(first)
            await eventually(made.serves(first))
        yield made
    assert not any(world.open for world in made.worlds)


async def test_nothing_is_answered_before_the_first_is_ready() -> None:
    async with hall(first=None) as made:
        with pytest.raises(NotReadyError):
            await made.ask()
        made.slow.add(3)
        made.said.put(3)
        await eventually(lambda: bool(made.worlds))
        assert not made.switch.ready
        assert made.value("tideline_serving_generation") == -1
        made.worlds[0].ready = True
        await eventually(lambda: made.switch.ready)
        assert await made.ask() == 3


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_under_a_stream_of_requests_each_is_answered_by_one_generation(wanted: list[int]) -> None:
    async def scenario() -> None:
        async with hall() as made:
            answers: list[int] = []

            async def stream() -> None:
                while True:
                    answers.append(await made.ask())
                    await asyncio.sleep(0)

            streams = [asyncio.create_task(stream()) for _ in range(5)]
            for number in wanted:
                made.said.put(number)
                await asyncio.sleep(0.01 * number)
            await eventually(lambda: made.said.empty() and made.serves(wanted[-1])())
            await eventually(lambda: answers[-1:] == [wanted[-1]])
            assert made.switch.ready
            assert not any(task.done() for task in streams), "a request failed"
            for task in streams:
                task.cancel()
            assert set(answers) <= {0, *wanted}

    asyncio.run(scenario())


async def test_a_request_under_way_ends_in_the_world_it_began_in_which_is_closed_after_it() -> None:
    async with hall() as made:
        made.held.clear()
        begun = asyncio.create_task(made.ask())
        await asyncio.sleep(0)
        made.said.put(1)
        await eventually(made.serves(1))
        later = asyncio.create_task(made.ask())
        await asyncio.sleep(0.02)
        assert [world.open for world in made.worlds] == [True, True]
        made.held.set()
        assert (await begun, await later) == (0, 1)
        await eventually(lambda: [world.open for world in made.worlds] == [False, True])


async def test_one_that_fails_leaves_the_present_one_and_is_tried_again_when_asked_for_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hall() as made:
        made.failures[1] = MissingTopicError("no topic item.table.v1.g1")
        made.said.put(1)
        await eventually(lambda: made.became("failed") == 1)
        await eventually(lambda: "no topic item.table.v1.g1; generation 0 goes on serving" in caplog.text)
        assert caplog.records[-1].levelno == logging.ERROR
        assert made.value("tideline_serving_generation_preparing") == -1
        assert (made.switch.ready, made.switch.failure, await made.ask()) == (True, None, 0)
        made.failures.clear()
        made.said.put(1)
        await eventually(made.serves(1))
        assert await made.ask() == 1


async def test_a_later_wish_overrides_one_that_is_not_ready() -> None:
    async with hall() as made:
        made.slow.add(1)
        made.said.put(1)
        await eventually(lambda: made.value("tideline_serving_generation_preparing") == 1)
        made.said.put(2)
        await eventually(made.serves(2))
        made.said.put(1)
        await eventually(lambda: made.value("tideline_serving_generation_preparing") == 1)
        made.said.put(2)
        await eventually(lambda: made.became("overridden") == 2)
        assert await made.ask() == 2
        assert [world.number for world in made.worlds] == [0, 1, 2, 1], "the one that serves was made again"


async def test_the_end_does_not_wait_for_one_that_is_not_ready() -> None:
    async with hall() as made:
        made.slow.add(1)
        made.said.put(1)
        await eventually(lambda: made.value("tideline_serving_generation_preparing") == 1)


async def test_the_end_does_not_try_again_what_failed() -> None:
    async with hall() as made:
        made.failures[1] = MissingTopicError("no topic item.table.v1.g1")
        made.said.put(1)
        await eventually(lambda: made.became("failed") == 1)
    assert [world.number for world in made.worlds] == [0, 1]


async def test_without_one_that_serves_instead_a_failure_is_the_end() -> None:
    async with hall(first=None) as made:
        made.failures[1] = MissingTopicError("no topic")
        made.said.put(1)
        await eventually(lambda: made.switch.failure is not None)
        assert isinstance(made.switch.failure, ViewError)
        assert isinstance(made.switch.failure.__cause__, MissingTopicError)


async def test_when_the_world_that_serves_fails_the_process_is_told() -> None:
    async with hall() as made:
        made.worlds[0].failure = lost = ViewError("a changelog was cut")
        assert made.switch.failure is lost
