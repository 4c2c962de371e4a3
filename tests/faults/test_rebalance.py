"""Workers that come and go under load: one, three, one."""

from pathlib import Path

import pytest

from tests.faults.conftest import finish, load, progress
from tests.integration.conftest import Platform, shared_by

pytestmark = pytest.mark.faults


async def work_shared_by(platform: Platform, workers: int) -> None:
    """Return when the partitions are shared by so many workers and some work has been done since."""
    await shared_by(platform, workers)
    await progress(platform)


async def test_one_to_three_to_one(faulty: Platform, tmp_path: Path) -> None:
    arguments = ("worker", "--state-dir", str(tmp_path / "worker"))
    start = faulty.tideline.start
    async with load(faulty, "rebalanced"):
        for _ in range(3):
            async with start("first", *arguments):
                await work_shared_by(faulty, 1)
                async with start("second", *arguments), start("third", *arguments):
                    await work_shared_by(faulty, 3)
                await work_shared_by(faulty, 1)
    await finish(faulty, "rebalanced", tmp_path / "last")
