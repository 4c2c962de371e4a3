"""Waiting in memory: it ends as soon as rows or workers say so, never before, and names what did not come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from unittest.mock import create_autospec

import pytest

from schemas.errors import InvalidFieldError
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.at_least.holds import EVERYTHING, Holds
from serving.at_least.progress import Progress
from serving.at_least.state import State
from serving.at_least.waiting import AtLeast
from serving.call import DEADLINE
from serving.errors import DeadlineError, NotReadyError
from tests.serving.fakes import NOW, FixedWorld, catalogue_of
from topics.catalog import ACCEPTED, BEHAVIOR, EVENTS, ITEM_CHANGE
from topics.generation import Generation
from topics.offsets import Lag, LogOffsets, Partition

ITEM = Partition(ITEM_CHANGE.name, 1)
ACTED = Partition(BEHAVIOR.name, 0)
PASSED_ON = Partition(ACCEPTED.name, 2)


@dataclass
class Scene:
    """A world, what its rows hold, and what its workers have committed."""

    world: FixedWorld = field(default_factory=lambda: FixedWorld(catalogue_of([True])))
    held: dict[Partition, int] = field(default_factory=dict)
    lags: dict[Partition, Lag] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    grace_s: float = 0.001

    def __post_init__(self) -> None:
        for topic in (*EVENTS, ACCEPTED):
            for number in range(4):
                self.lags[Partition(topic.name, number)] = Lag(0, 100)
        offsets = create_autospec(LogOffsets, instance=True)
        offsets.lag.side_effect = self._lag
        progress = partial(Progress, offsets, "tideline", every_s=0.001)
        self.at_least = AtLeast(self, progress, lambda: NOW, self.grace_s)

    def _lag(self, group: str, topics: tuple[str, ...]) -> dict[Partition, Lag]:
        self.questions.append(group)
        return dict(self.lags)

    def holds(self) -> Holds:
        return lambda state, at: self.held.get(at, -1)

    async def reach(self, *goals: tuple[Partition, int], within_s: float = 10.0, holds: Holds | None = None) -> None:
        DEADLINE.set(asyncio.get_running_loop().time() + within_s)
        asked = [LogPosition(topic=at.topic, partition=at.number, offset=offset) for at, offset in goals]
        await self.at_least.reach(asked, holds or self.holds())

    async def waits(self, task: asyncio.Task[None]) -> bool:
        """Tell whether the task still waits after the broker was asked a few times more."""
        seen = len(self.questions)
        for _ in range(2_000):
            if task.done() or len(self.questions) >= seen + 5:
                break
            await asyncio.sleep(0.001)
        return not task.done()


async def test_without_positions_nothing_is_asked_of_anybody() -> None:
    scene = Scene(FixedWorld(catalogue_of([]), ready=False))
    await scene.reach()
    assert scene.questions == []


async def test_what_the_rows_hold_needs_no_broker() -> None:
    scene = Scene(held={ITEM: 7, ACTED: EVERYTHING})
    await scene.reach((ITEM, 7), (ACTED, 99))
    assert scene.questions == []


async def test_a_row_that_comes_ends_it_before_the_broker_is_asked() -> None:
    scene = Scene(grace_s=5)
    waiting = asyncio.create_task(scene.reach((ITEM, 7)))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    scene.held[ITEM] = 7
    await asyncio.wait_for(waiting, 1)
    assert scene.questions == []


async def test_a_change_that_alters_no_row_ends_when_all_it_can_have_altered_was_read() -> None:
    scene = Scene()
    scene.world.fresh_at_ms = NOW + 1
    waiting = asyncio.create_task(scene.reach((ITEM, 7)))
    assert await scene.waits(waiting), "nothing is committed"
    scene.lags[ITEM] = Lag(7, 100)
    assert await scene.waits(waiting), "the one before is committed"
    scene.world.fresh_at_ms = NOW
    scene.lags[ITEM] = Lag(8, 100)
    await asyncio.sleep(0.05)
    assert not waiting.done(), "committed, but what was read may be of before"
    scene.world.fresh_at_ms = NOW + 1
    await asyncio.wait_for(waiting, 1)


async def test_behaviour_is_waited_for_until_what_it_passes_on_is_folded() -> None:
    scene = Scene()
    scene.world.fresh_at_ms = NOW + 1
    for number in range(4):
        scene.lags[Partition(ACCEPTED.name, number)] = Lag(5, 5)
    scene.lags[PASSED_ON] = Lag(3, 5)
    scene.lags[ACTED] = Lag(8, 100)
    waiting = asyncio.create_task(scene.reach((ACTED, 7)))
    assert await scene.waits(waiting)
    scene.lags[PASSED_ON] = Lag(5, 9)  # more has come since: that is not waited for
    await asyncio.wait_for(waiting, 1)


async def test_a_generation_that_takes_over_is_waited_for_in_turn() -> None:
    scene = Scene()

    def holds(state: State, at: Partition) -> int:
        assert state is scene.world, "the rows of one that does not serve any more may be closed"
        return -1

    waiting = asyncio.create_task(scene.reach((ITEM, 7), holds=holds))
    assert await scene.waits(waiting)
    old, scene.world = scene.world, FixedWorld(catalogue_of([True]), generation=Generation(1), fresh_at_ms=NOW + 1)
    old.fresh_at_ms = NOW + 1
    assert await scene.waits(waiting)
    scene.lags[ITEM] = Lag(8, 100)
    await asyncio.wait_for(waiting, 1)
    assert {"tideline", "tideline.g1"} == set(scene.questions)


async def test_what_did_not_come_in_time_is_named() -> None:
    scene = Scene(held={ACTED: 99})
    with pytest.raises(DeadlineError, match=r"at_least\[1\] \(item\.change\.v1/1/7\)") as late:
        await scene.reach((ACTED, 3), (ITEM, 7), within_s=0.05)
    assert "behavior" not in str(late.value)


async def test_what_did_not_come_is_named_too_where_the_call_ends_in_the_same_turn() -> None:
    async def wait() -> None:
        async with asyncio.timeout(0.02):
            await Scene().reach((ITEM, 7), within_s=0.01)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    time.sleep(0.05)  # noqa: ASYNC251  # the loop is held up beyond both moments
    with pytest.raises(DeadlineError, match=r"at_least\[0\]"):
        await waiting


async def test_a_call_that_is_given_up_before_is_only_that() -> None:
    waiting = asyncio.create_task(Scene().reach((ITEM, 7)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_place_beyond_the_end_of_the_log_is_refused() -> None:
    with pytest.raises(InvalidFieldError) as refused:
        await Scene().reach((ACTED, 99), (ITEM, 100))
    assert refused.value.field == "at_least[1].offset"


async def test_before_there_is_a_state_it_is_not_ready() -> None:
    @dataclass
    class None_:
        @property
        def world(self) -> State:
            raise NotReadyError("not yet")

    make: Callable[[Generation], Progress] = create_autospec(lambda generation: None)
    DEADLINE.set(asyncio.get_running_loop().time() + 1)
    with pytest.raises(NotReadyError):
        await AtLeast(None_(), make, lambda: NOW).reach([LogPosition(topic=ITEM.topic)], lambda state, at: -1)


async def test_hundreds_who_wait_ask_as_often_as_one() -> None:
    scene = Scene()
    scene.world.fresh_at_ms = NOW + 1
    waiting = [asyncio.create_task(scene.reach((ITEM, offset))) for offset in range(90)]
    assert await scene.waits(waiting[0])
    scene.lags[ITEM] = Lag(100, 100)
    asked = len(scene.questions)
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert len(scene.questions) <= asked + 3
