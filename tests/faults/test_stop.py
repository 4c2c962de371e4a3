"""SIGTERM under load: what is in hand is done and committed, so that the next worker replays nothing."""

from pathlib import Path

import pytest

from tests.faults.conftest import finish, load, progress
from tests.integration.conftest import Platform
from topics.catalog import ACCEPTED
from topics.headers import ORIGIN

pytestmark = pytest.mark.integration


async def test_a_worker_that_is_told_to_stop_leaves_nothing_to_do_again(faulty: Platform, tmp_path: Path) -> None:
    async with load(faulty, "stopped"):
        for _ in range(2):
            async with faulty.tideline.start("stopping", "worker", "--state-dir", str(tmp_path / "worker")):
                await progress(faulty)
    await finish(faulty, "stopped", tmp_path / "worker")
    origins = [
        dict(record.headers() or [])[ORIGIN]
        for record in faulty.records(ACCEPTED)
        if (record.key() or b"").startswith(b"stopped/")
    ]
    # A replayed batch sends on again what it had sent on.
    assert len(origins) == len(set(origins))
