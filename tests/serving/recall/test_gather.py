"""Asking channels at once: verdicts, order, and nobody waits for the late."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from serving.candidate import Proposal
from serving.metrics import Metrics
from serving.query import Query
from serving.recall.gather import Ask, Outcome, Verdict, gather
from tests.serving.fakes import (
    FailingChannel,
    FakeChannel,
    FixedChannel,
    LateChannel,
    as_channel,
    catalogue_of,
    query_of,
)


async def asked(*channels: FakeChannel, budget_ms: int = 20, left_s: float = 10.0) -> dict[str, Outcome]:
    query = query_of(catalogue_of([True] * 9))
    until = asyncio.get_running_loop().time() + left_s
    return await gather(
        query, [Ask(as_channel(fake), 5, budget_ms) for fake in channels], until, Metrics(CollectorRegistry())
    )


async def test_each_channel_has_its_verdict_in_the_order_asked() -> None:
    outcomes = await asked(LateChannel("tag"), FailingChannel("item_cf"), FixedChannel("hot", [3, 1]))
    assert {name: outcome.verdict for name, outcome in outcomes.items()} == {
        "tag": Verdict.LATE,
        "item_cf": Verdict.FAILED,
        "hot": Verdict.OK,
    }
    assert list(outcomes) == ["tag", "item_cf", "hot"]
    assert list(outcomes["hot"].proposal.items) == [3, 1]
    assert not len(outcomes["tag"].proposal.items)


async def test_limits_are_passed_on() -> None:
    outcomes = await asked(FixedChannel("hot", list(range(9))))
    assert np.array_equal(outcomes["hot"].proposal.items, np.arange(5))


async def test_channels_wait_at_the_same_time() -> None:
    """Each channel answers only when the other one has begun: one after the other they would both be late."""
    first, second = asyncio.Event(), asyncio.Event()

    class Meeting(FixedChannel):
        waits: ClassVar[bool] = True

        async def recall(self, query: Query, limit: int) -> Proposal:
            mine, other = (first, second) if self.name == "hot" else (second, first)
            mine.set()
            await other.wait()
            return await super().recall(query, limit)

    outcomes = await asked(Meeting("hot", [1]), Meeting("tag", [2]), budget_ms=5000)
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.OK, Verdict.OK]


async def test_a_channel_that_ignores_its_cancellation_holds_up_nobody() -> None:
    stubborn = LateChannel("tag", stubborn=True)
    outcomes = await asked(stubborn, FixedChannel("hot", [1]), left_s=0.05)
    assert outcomes["tag"].verdict is Verdict.LATE
    assert outcomes["hot"].verdict is Verdict.OK
    stubborn.release.set()
    await asyncio.sleep(0)


async def test_late_channels_are_cancelled() -> None:
    cancelled = asyncio.Event()

    class Tidy(LateChannel):
        async def recall(self, query: Query, limit: int) -> Proposal:
            try:
                return await super().recall(query, limit)
            finally:
                cancelled.set()

    await asked(Tidy("tag"))
    await asyncio.wait_for(cancelled.wait(), 5)


async def test_whoever_goes_away_takes_the_channels_along() -> None:
    ended = asyncio.Event()

    class Tidy(LateChannel):
        async def recall(self, query: Query, limit: int) -> Proposal:
            try:
                return await super().recall(query, limit)
            finally:
                ended.set()

    task = asyncio.create_task(asked(Tidy("tag"), budget_ms=60_000))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait_for(ended.wait(), 5)


async def test_nothing_asked_is_nothing_answered() -> None:
    assert await asked() == {}


class BegunChannel(FixedChannel):
    """Notes when it is begun, asked and finished, or trips over one of them."""

    def __init__(self, name: str, items: list[int], told: list[str], trips_at: str = "") -> None:
        super().__init__(name, items)
        self.told = told
        self.trips_at = trips_at

    def note(self, what: str) -> None:
        self.told.append(f"{what} {self.name}")
        if what == self.trips_at:
            raise RuntimeError("tripped")

    def begin(self, query: Query, limit: int) -> Callable[[], Proposal]:
        self.note("begin")

        def finish() -> Proposal:
            self.note("finish")
            return Proposal(np.array(self.items, np.int32), np.ones(len(self.items), np.float32))

        return finish


class Noted(FixedChannel):
    """Notes when it is asked."""

    def __init__(self, name: str, told: list[str]) -> None:
        super().__init__(name, [7])
        self.told = told

    async def recall(self, query: Query, limit: int) -> Proposal:
        self.told.append(f"recall {self.name}")
        return await super().recall(query, limit)


async def test_what_can_be_begun_is_begun_before_the_others_compute_and_finished_after_them_the_last_first() -> None:
    told = list[str]()
    outcomes = await asked(Noted("hot", told), BegunChannel("ease", [3, 1], told), BegunChannel("als", [2], told))
    assert told == ["begin ease", "begin als", "recall hot", "finish als", "finish ease"]
    assert {name: outcome.proposal.items.tolist() for name, outcome in outcomes.items()} == {
        "hot": [7],
        "ease": [3, 1],
        "als": [2],
    }


@pytest.mark.parametrize("at", ["begin", "finish"])
async def test_one_that_trips_over_its_begin_or_end_has_failed_and_the_others_are_finished(at: str) -> None:
    told = list[str]()
    outcomes = await asked(BegunChannel("als", [2], told), BegunChannel("ease", [1], told, at))
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.OK, Verdict.FAILED]
    assert "finish als" in told


async def test_what_breaks_its_word_has_failed_however_it_was_asked() -> None:
    outcomes = await asked(BegunChannel("ease", [1, 1], []), BegunChannel("als", list(range(6)), []))
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.FAILED, Verdict.FAILED]
