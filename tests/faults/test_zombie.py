"""A worker stopped past its session timeout and continued: another has its partitions, and it must not write."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from agents.runtime.failpoint import Point
from deploy.demo.child import Child
from deploy.demo.errors import ChildEndedError
from tests.faults.conftest import WORKER, ended, finish, load, progress
from tests.integration.conftest import Platform

pytestmark = pytest.mark.faults

SESSION_S = float(WORKER["TIDELINE_WORKER_SESSION_TIMEOUT_S"])


async def sleep_and_wake(platform: Platform, zombie: Child, folder: Path) -> None:
    """Stop the worker until another has done some of its work, let it go on, and wait for its end."""
    await progress(platform)
    os.kill(zombie.pid, signal.SIGSTOP)
    try:
        async with platform.tideline.start("successor", "worker", "--state-dir", str(folder)):
            await asyncio.sleep(SESSION_S)
            await progress(platform)
            os.kill(zombie.pid, signal.SIGCONT)
            await ended(zombie)
    finally:
        with suppress(ProcessLookupError):  # it has ended, as it should
            os.kill(zombie.pid, signal.SIGCONT)


async def work_and_sleep(platform: Platform, folder: Path) -> None:
    async with platform.tideline.start("zombie", "worker", "--state-dir", str(folder)) as zombie:
        await sleep_and_wake(platform, zombie, folder)


async def stopped(child: Child) -> None:
    """Return when the process has stopped itself."""
    async with asyncio.timeout(120):
        while psutil.Process(child.pid).status() != psutil.STATUS_STOPPED:
            child.check()
            await asyncio.sleep(0.05)


async def sleepwalk(platform: Platform, folder: Path) -> None:
    """Let a worker sleep after it has asked whether a partition is its own; it sends when another has gone further."""
    sleepy = {"TIDELINE_WORKER_FAILPOINT": Point.BEFORE_SEND, "TIDELINE_WORKER_FAILPOINT_BATCH": "40"}
    arguments = ("worker", "--state-dir", str(folder))
    async with platform.tideline.start("sleepwalker", *arguments, **sleepy) as sleeper:
        await stopped(sleeper)
        try:
            async with platform.tideline.start("heir", *arguments):
                await asyncio.sleep(SESSION_S)
                await progress(platform)
                await asyncio.sleep(3)  # so that most users and items have acted again
                os.kill(sleeper.pid, signal.SIGCONT)
                await ended(sleeper)
        finally:
            with suppress(ProcessLookupError):
                os.kill(sleeper.pid, signal.SIGCONT)


async def test_what_a_zombie_wrote_is_written_over(faulty: Platform, tmp_path: Path) -> None:
    async with load(faulty, "sleepwalk"):
        with pytest.raises(ChildEndedError, match=r"may have another owner"):
            await sleepwalk(faulty, tmp_path / "worker")
    # Compaction keeps the last record of a key, and the comparison takes that for its row.
    await finish(faulty, "sleepwalk", tmp_path / "last")
    written = [(faulty.tideline.folder / f"{name}.log").read_text() for name in ("heir", "finisher")]
    assert any("rows written again over a zombie's" in log for log in written)


async def test_a_zombie_ends_with_an_error_and_writes_nothing_old(faulty: Platform, tmp_path: Path) -> None:
    folder = tmp_path / "worker"
    for _ in range(3):
        async with load(faulty, "zombie"):
            with pytest.raises(ChildEndedError, match=r"status 1"):
                await work_and_sleep(faulty, folder)
    await finish(faulty, "zombie", tmp_path / "last")
