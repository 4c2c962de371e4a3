"""A worker stopped past its session timeout and continued: another has its partitions, and it must not write."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

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


async def test_a_zombie_ends_with_an_error_and_writes_nothing_old(faulty: Platform, tmp_path: Path) -> None:
    folder = tmp_path / "worker"
    for _ in range(3):
        async with load(faulty, "zombie"):
            with pytest.raises(ChildEndedError, match=r"status 1"):
                await work_and_sleep(faulty, folder)
    await finish(faulty, "zombie", tmp_path / "last")
