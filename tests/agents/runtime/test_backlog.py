"""Whatever waits comes out in the order of the log, each batch once, together where one follows the other."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.backlog import Backlog, joined
from agents.runtime.batch import Batch, Record

MOST = 10


def event(first: int, count: int) -> Any:
    records = [Record("t", 0, offset, 0, b"k", b"v", ()) for offset in range(first, first + count)]
    return SimpleNamespace(value=Batch("t", 0, records))


def events(parts: list[tuple[int, int]]) -> list[Any]:
    """Events of so many records each, the first number of each part being the gap before it."""
    made, offset = [], 0
    for gap, count in parts:
        made.append(event(offset + gap, count))
        offset += gap + count
    return made


parts = st.lists(st.tuples(st.sampled_from([0, 0, 0, 2]), st.integers(1, 15)), min_size=1, max_size=12)


@given(parts, st.lists(st.booleans(), max_size=30))
async def test_all_come_out_once_in_order_and_no_gap_is_joined(
    made: list[tuple[int, int]], pauses: list[bool]
) -> None:
    backlog = Backlog(MOST)
    sent = events(made)

    async def put_all() -> None:
        for each, pause in zip(sent, [*pauses, *[False] * len(sent)], strict=False):
            await backlog.put(each)
            if pause:
                await asyncio.sleep(0)

    putting = asyncio.create_task(put_all())
    got: list[Any] = []
    while len(got) < len(sent):
        taken = await backlog.take()
        batch = joined([each.value for each in taken])
        offsets = [record.offset for record in batch.records]
        assert offsets == list(range(batch.first_offset, batch.last_offset + 1))
        assert len(taken) == 1 or len(offsets) <= MOST
        got += taken
    await putting
    assert got == sent


async def test_whoever_puts_waits_while_a_batch_is_waiting() -> None:
    backlog = Backlog(MOST)
    await backlog.put(event(0, MOST))
    late = asyncio.create_task(backlog.put(event(MOST, 1)))
    await asyncio.sleep(0)
    assert not late.done()
    assert len(await backlog.take()) == 1
    await late
    assert [each.value.first_offset for each in await backlog.take()] == [MOST]


@pytest.mark.parametrize("waiting", [0, MOST])
async def test_a_closed_one_gives_nothing_and_holds_nobody_up(waiting: int) -> None:
    backlog = Backlog(MOST)
    if waiting:
        await backlog.put(event(0, waiting))
    taking = asyncio.create_task(backlog.take()) if not waiting else None
    putting = asyncio.create_task(backlog.put(event(waiting, 1))) if waiting else None
    await asyncio.sleep(0)
    await backlog.close()
    if putting is not None:
        await putting
    assert (await taking if taking is not None else await backlog.take()) == []
    await backlog.put(event(0, 1))
    assert await backlog.take() == []
