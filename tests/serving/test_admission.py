"""Admission, over any arrivals, in time that the test makes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.admission import Admission, Estimate
from serving.errors import OverloadedError


class Arrival(NamedTuple):
    """A request: milliseconds after the one before it, how long it computes, and how long its client waits."""

    after: int
    takes: int
    patience: int
    gives_up: int | None = None
    """Milliseconds after which its client goes away without a word; None: never."""


@dataclass
class Clock:
    """Time that passes only when somebody waits for it; milliseconds."""

    now: int = 0
    alarms: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def seconds(self) -> float:
        return self.now / 1000

    async def until(self, moment: int) -> None:
        if moment > self.now:
            ring: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.alarms.append((moment, next(self.numbers), ring))
            await ring

    async def run(self, all_: list[asyncio.Task[None]]) -> None:
        while not all(task.done() for task in all_):
            for _ in range(5):
                await asyncio.sleep(0)
            waiting = [alarm for alarm in self.alarms if not alarm[2].done()]
            if waiting:
                first = min(waiting)
                self.now = max(self.now, first[0])
                first[2].set_result(None)
                self.alarms = [alarm for alarm in waiting if alarm is not first]


@dataclass
class History:
    """What became of each arrival, by its number."""

    begun: list[int] = field(default_factory=list)
    begun_at: dict[int, int] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)
    """When."""
    most: int = 0


async def played(arrivals: list[Arrival], places: int, waiting: int) -> tuple[History, Admission]:
    clock, history = Clock(), History()
    admission = Admission(places, waiting, clock.seconds)
    working = 0

    async def ask(number: int, at: int, arrival: Arrival) -> None:
        await clock.until(at)

        async def work() -> None:
            nonlocal working
            working += 1
            history.most = max(history.most, working)
            history.begun.append(number)
            history.begun_at[number] = clock.now
            try:
                await clock.until(clock.now + arrival.takes)
            finally:
                working -= 1

        try:
            await admission.run(work, (at + arrival.patience) / 1000)
        except OverloadedError:
            history.refused[number] = clock.now

    async def give_up(task: asyncio.Task[None], at: int) -> None:
        await clock.until(at)
        task.cancel()

    tasks, at = [], 0
    for number, arrival in enumerate(arrivals):
        at += arrival.after
        asking = asyncio.create_task(ask(number, at, arrival))
        tasks.append(asking)
        if arrival.gives_up is not None:
            tasks.append(asyncio.create_task(give_up(asking, at + arrival.gives_up)))
    await clock.run(tasks)
    return history, admission


arrivals = st.lists(
    st.builds(Arrival, st.integers(0, 30), st.integers(1, 40), st.integers(1, 400), st.none() | st.integers(0, 100)),
    min_size=1,
    max_size=25,
)


@settings(deadline=None)
@given(arrivals, st.integers(1, 3), st.integers(0, 5))
def test_whatever_arrives(given_: list[Arrival], places: int, waiting: int) -> None:
    history, admission = asyncio.run(played(given_, places, waiting))
    assert history.most <= places, "more in work than there are places"
    assert (admission.working, admission.waiting) == (0, 0), "a place was lost"
    assert not set(history.begun) & set(history.refused)
    gone = {number for number, arrival in enumerate(given_) if arrival.gives_up is not None}
    assert set(history.begun) | set(history.refused) | gone == set(range(len(given_))), "one without an end"
    at = 0
    for number, arrival in enumerate(given_):
        at += arrival.after
        assert history.begun_at.get(number, 0) <= at + arrival.patience, "begun for a client that had gone"


@settings(deadline=None)
@given(arrivals, st.integers(1, 3))
def test_what_has_time_is_served_in_the_order_of_arrival(given_: list[Arrival], places: int) -> None:
    patient = [arrival._replace(patience=10**9, gives_up=None) for arrival in given_]
    history, _ = asyncio.run(played(patient, places, len(patient)))
    assert history.begun == sorted(history.begun)
    assert not history.refused


async def test_what_cannot_be_met_is_refused_at_once_and_what_can_is_not() -> None:
    learned = [Arrival(0, 20, 1000)] + [Arrival(20, 20, 1000)] * 30
    crowd = [Arrival(1000, 20, 1000), *[Arrival(0, 20, 105)] * 8]
    history, _ = await played(learned + crowd, 1, 100)
    asked_at = 30 * 20 + 1000
    # 105 ms hold five of 20 ms; one that is in work already takes the first of them.
    assert sorted(history.refused) == list(range(len(learned) + 5, len(learned) + 9))
    assert set(history.refused.values()) == {asked_at}


async def test_a_full_queue_refuses_at_once() -> None:
    history, _ = await played([Arrival(0, 50, 10**6)] * 5, 1, 2)
    assert history.refused == {3: 0, 4: 0}


async def test_what_has_become_hopeless_is_dropped_for_what_has_not() -> None:
    """One that took far longer than all before used up the time of the next, but not of the one behind it."""
    usual = [Arrival(0, 1, 1000)] + [Arrival(1, 1, 1000)] * 10
    history, _ = await played([*usual, Arrival(5, 90, 1000), Arrival(0, 1, 50), Arrival(0, 1, 900)], 1, 10)
    slow = len(usual)
    assert list(history.refused) == [slow + 1]
    assert history.begun[-1] == slow + 2


async def test_after_a_slow_spell_a_free_place_is_given_all_the_same() -> None:
    history, admission = await played([Arrival(0, 5000, 10_000), Arrival(6000, 10, 20)], 1, 10)
    assert history.begun == [0, 1]
    assert admission.estimate.service_s < 5


@given(st.lists(st.floats(0.001, 10), min_size=1), st.integers(1, 8), st.integers(0, 50))
def test_the_estimate_lies_within_what_was_measured_and_grows_with_the_queue(
    took: list[float], places: int, ahead: int
) -> None:
    estimate = Estimate(places)
    for each in took:
        estimate.done(each)
    assert min(took) <= estimate.service_s * (1 + 1e-9)
    assert estimate.service_s <= max(took) * (1 + 1e-9)
    assert estimate.service_s <= estimate.needed_s(ahead) < estimate.needed_s(ahead + 1)


async def test_work_that_fails_gives_its_place_back() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    admission = Admission(1, 0, asyncio.get_running_loop().time)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await admission.run(fail, 1e12)
    assert admission.working == 0
