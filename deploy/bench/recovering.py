"""Recovery: one of two workers is killed under load; how long until the other has done what was in the log then."""

import asyncio
import os
import signal
import time
from collections.abc import Iterable
from typing import Final

from deploy.bench.background import background
from deploy.bench.errors import NotDoneError
from deploy.bench.rig import Rig
from deploy.demo.child import Child
from deploy.demo.errors import ChildEndedError
from deploy.demo.steps import step
from topics.catalog import SOURCES
from topics.offsets import Partition

GROUP: Final = "recovery"
AT_WORK_S: Final = 5.0
"""How long two workers share the load before one of them dies."""

POLL_S: Final = 0.1
TIMEOUT_S: Final = 120.0


async def measure_recovery(rig: Rig, kills: int, rate: float) -> list[float]:
    """Return the seconds of each kill, from the signal until all of the log that there was then is done.

    Raises:
        NotDoneError: it was not within TIMEOUT_S.
        ChildEndedError: a worker ended by itself.
    """
    async with background(rig, rate), rig.worker(GROUP, 0) as survivor:
        return [await _kill_one(rig, survivor, number) for number in range(kills)]


async def _kill_one(rig: Rig, survivor: Child, number: int) -> float:
    victim = rig.worker(GROUP, 1)
    seconds = None
    try:
        async with victim:
            await _until_shared(rig, (survivor, victim))
            with step(rig.console, f"kill {number + 1}: recovered"):
                os.kill(victim.pid, signal.SIGKILL)
                seconds = await _recovery(rig, survivor)
    except ChildEndedError:
        if seconds is None:
            raise
    return seconds


async def _until_shared(rig: Rig, workers: Iterable[Child]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while await asyncio.to_thread(rig.members, GROUP) != 2:
        _check(workers, deadline, "two workers did not come to share the partitions")
        await asyncio.sleep(POLL_S)
    await asyncio.sleep(AT_WORK_S)


async def _recovery(rig: Rig, survivor: Child) -> float:
    start = time.perf_counter()
    deadline = time.monotonic() + TIMEOUT_S
    offsets = rig.reader.offsets
    places = [place for topic in SOURCES for place in offsets.partitions(topic.name)]
    ends = await asyncio.to_thread(offsets.end, places)
    while not _reached(await asyncio.to_thread(offsets.committed, GROUP), ends):
        _check((survivor,), deadline, "the survivor did not do what the other had left")
        await asyncio.sleep(POLL_S)
    return time.perf_counter() - start


def _reached(committed: dict[Partition, int], ends: dict[Partition, int]) -> bool:
    return all(committed.get(place, 0) >= end for place, end in ends.items())


def _check(workers: Iterable[Child], deadline: float, undone: str) -> None:
    for worker in workers:
        worker.check()
    if time.monotonic() > deadline:
        raise NotDoneError(f"{undone} within {TIMEOUT_S:g} s")
