"""The broker is killed, or stands still for a minute, with batches in flight: workers go on when it is back."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.settings import Service
from tests.faults.conftest import Broken, finish, load, progress

pytestmark = pytest.mark.faults


@contextmanager
def standing_still(broken: Broken) -> Iterator[None]:
    """Stop the broker's process while the block runs."""
    broker = broken.stack.process(Service.KAFKA).pid
    os.kill(broker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker, signal.SIGCONT)


async def test_the_broker_is_killed(broken: Broken, tmp_path: Path) -> None:
    platform, folder = broken.platform, tmp_path / "worker"
    async with (
        load(platform, "bounced"),
        platform.tideline.start("worker", "worker", "--state-dir", str(folder)) as worker,
    ):
        for _ in range(3):
            await progress(platform)
            await broken.stack.restart(Service.KAFKA, hard=True)
            await progress(platform)
            worker.check()
    await finish(platform, "bounced", folder)


async def test_the_broker_stands_still_for_a_minute(broken: Broken, tmp_path: Path) -> None:
    platform, folder = broken.platform, tmp_path / "worker"
    async with (
        load(platform, "unreachable"),
        platform.tideline.start("worker", "worker", "--state-dir", str(folder)) as worker,
    ):
        await progress(platform)
        with standing_still(broken):
            await asyncio.sleep(60)
        await progress(platform)
        worker.check()
    await finish(platform, "unreachable", folder)
