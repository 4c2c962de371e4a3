"""The disk of the rows is full: the worker says so and stops; with room again it goes on, and nothing was lost."""

from pathlib import Path

import psutil
import pytest

from deploy.demo.errors import ChildEndedError
from tests.faults.conftest import ended, finish, load, progress
from tests.integration.conftest import Platform

pytestmark = pytest.mark.faults

ROOM = 64 << 10
"""Greatest size of a file, in bytes: the store's log of writes comes to that at once, our own log does not."""


async def work_until_full(platform: Platform, folder: Path) -> None:
    async with platform.tideline.start("full", "worker", "--state-dir", str(folder)) as worker:
        await progress(platform)
        psutil.Process(worker.pid).rlimit(psutil.RLIMIT_FSIZE, (ROOM, ROOM))
        await ended(worker)


async def test_the_disk_is_full(faulty: Platform, tmp_path: Path) -> None:
    async with load(faulty, "full"):
        for _ in range(2):
            with pytest.raises(ChildEndedError, match=r"replica .* could not be written.*make room"):
                await work_until_full(faulty, tmp_path / "worker")
    await finish(faulty, "full", tmp_path / "worker")
