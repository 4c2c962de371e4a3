"""Turns: one thing at a time, what is due soonest first, and no failure is anybody else's."""

import asyncio
from collections.abc import Iterator
from threading import Event, current_thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.turns import Turns


@pytest.fixture
def turns() -> Iterator[Turns]:
    made = Turns()
    yield made
    made.close()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
async def test_what_is_due_soonest_comes_first_and_equals_in_their_order(terms: list[int]) -> None:
    turns, gate = Turns(), Event()
    order: list[tuple[int, int]] = []
    blocked = asyncio.create_task(turns.take(-1, gate.wait))
    await asyncio.sleep(0)
    # Hours apart, so that the moments at which each is asked for do not matter.
    asked = [asyncio.create_task(turns.take(3600.0 * term, order.append, (term, n))) for n, term in enumerate(terms)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(blocked, *asked)
    assert order == sorted((term, number) for number, term in enumerate(terms))
    turns.close()


async def test_all_is_done_in_one_thread(turns: Turns) -> None:
    names = await asyncio.gather(*(turns.take(0, lambda: current_thread().name) for _ in range(10)))
    assert set(names) == {"turns"}


async def test_who_raises_is_told_and_the_next_goes_on(turns: Turns) -> None:
    def fail() -> None:
        raise KeyError("mine")

    failed, done = await asyncio.gather(turns.take(0, fail), turns.take(0, str, 7), return_exceptions=True)
    assert isinstance(failed, KeyError)
    assert done == "7"


async def test_what_was_given_up_before_its_turn_is_not_done(turns: Turns) -> None:
    gate, done = Event(), Event()
    blocked = asyncio.create_task(turns.take(0, gate.wait))
    given_up = asyncio.create_task(turns.take(1, done.set))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait({given_up})
    gate.set()
    await blocked
    await turns.take(0, int)
    assert not done.is_set()


async def test_closing_does_what_waits() -> None:
    turns = Turns()
    asked = [asyncio.create_task(turns.take(3600, int, number)) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.to_thread(turns.close)
    assert await asyncio.gather(*asked) == list(range(5))
