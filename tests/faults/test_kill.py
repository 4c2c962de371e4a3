"""kill -9 of a worker under load, at random points, its store kept or gone: nothing is lost, nothing doubled."""

import asyncio
import os
import random
import shutil
import signal
from pathlib import Path

import pytest

from deploy.demo.errors import ChildEndedError
from tests.faults.conftest import finish, load, progress
from tests.integration.conftest import Platform


async def work_until_killed(platform: Platform, folder: Path, draw: random.Random) -> None:
    """Start a worker and kill it: one time in five as it starts, else within two seconds of its first commit."""
    async with platform.tideline.start("victim", "worker", "--state-dir", str(folder)) as victim:
        if draw.random() < 0.2:
            await asyncio.sleep(draw.uniform(0, 6))
        else:
            await progress(platform)
            await asyncio.sleep(draw.uniform(0, 2))
        os.kill(victim.pid, signal.SIGKILL)


async def kill_often(platform: Platform, tenant: str, folder: Path, kills: int, *, wipe: bool) -> None:
    draw = random.Random(tenant)
    async with load(platform, tenant):
        for _ in range(kills):
            with pytest.raises(ChildEndedError, match="status -9"):
                await work_until_killed(platform, folder, draw)
            if wipe:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    await finish(platform, tenant, folder)


@pytest.mark.integration
async def test_a_kill(faulty: Platform, tmp_path: Path) -> None:
    await kill_often(faulty, "killed-once", tmp_path / "worker", 1, wipe=False)


@pytest.mark.faults
async def test_twenty_kills_with_the_store_kept(faulty: Platform, tmp_path: Path) -> None:
    await kill_often(faulty, "kept", tmp_path / "worker", 20, wipe=False)


@pytest.mark.faults
async def test_twenty_kills_with_the_store_gone(faulty: Platform, tmp_path: Path) -> None:
    await kill_often(faulty, "wiped", tmp_path / "worker", 20, wipe=True)
