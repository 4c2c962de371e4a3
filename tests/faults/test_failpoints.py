"""A worker that dies between two steps of a batch: whatever had been done by then, the tables come out exact."""

import shutil
from pathlib import Path

import pytest

from agents.runtime.failpoint import CRASHED, Point
from deploy.demo.errors import ChildEndedError
from tests.faults.conftest import ended, events, finish, send
from tests.integration.conftest import Platform

POINTS = [Point.AFTER_SEND, Point.AFTER_CONFIRM, Point.AFTER_STORE]


async def work_until_dead(platform: Platform, point: Point, folder: Path) -> None:
    dying = {"TIDELINE_WORKER_FAILPOINT": point.value, "TIDELINE_WORKER_FAILPOINT_BATCH": "5"}
    async with platform.tideline.start(point.value, "worker", "--state-dir", str(folder), **dying) as victim:
        await ended(victim)


async def crash(platform: Platform, point: Point, folder: Path, *, times: int, wipe: bool) -> None:
    """Die at the point so many times; what is then done to the end equals the oracle."""
    tenant = f"{point.value.replace('_', '-')}-{'gone' if wipe else 'kept'}-{times}"
    for seed in range(times):
        await send(platform, events(tenant, 1500, seed=seed))
        with pytest.raises(ChildEndedError, match=f"status {CRASHED}"):
            await work_until_dead(platform, point, folder)
        if wipe:
            shutil.rmtree(folder)
    await finish(platform, tenant, folder)


@pytest.mark.integration
async def test_a_crash_between_changelog_and_store(faulty: Platform, tmp_path: Path) -> None:
    await crash(faulty, Point.AFTER_CONFIRM, tmp_path / "worker", times=1, wipe=False)


@pytest.mark.faults
@pytest.mark.parametrize("wipe", [False, True], ids=["store kept", "store gone"])
@pytest.mark.parametrize("point", POINTS)
async def test_crashes_between_two_steps(faulty: Platform, tmp_path: Path, point: Point, wipe: bool) -> None:
    await crash(faulty, point, tmp_path / "worker", times=3, wipe=wipe)
