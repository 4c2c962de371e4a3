"""kill -9 of a worker that trains: its training dies with it, and the next worker goes on from the checkpoint."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from deploy.demo.errors import ChildEndedError
from tests.integration.conftest import Platform
from tests.training.planted import planted, written
from topics.jobs.board import LEASE_MS, Job
from topics.jobs.log import JobLog
from topics.producer import LogProducer

pytestmark = pytest.mark.faults

TENANT = "killed-jobs"
RECIPE = """
name = "small"
features = ["item_*", "cross_*"]
[model]
kind = "deepfm"
hidden = [8]
[data]
validation = 0.25
[fitting]
epochs = 400
patience = 400
batch = 64
device = "cpu"
"""


def trainings(folder: Path) -> list[psutil.Process]:
    """Return the processes that train into the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "train" in command and any(part.startswith(str(folder)) for part in command):
            found.append(process)
    return found


async def until(log: JobLog, job: str, wanted: str, most_s: float, progress: float = 0.0) -> Job:
    found = await asyncio.to_thread(log.job, TENANT, job)
    for _ in range(round(most_s / 0.25)):
        if found.status == wanted and found.progress >= progress:
            return found
        await asyncio.sleep(0.25)
        found = await asyncio.to_thread(log.job, TENANT, job)
    return pytest.fail(f"the job is not {wanted}, but {found}")


async def work_until_killed(platform: Platform, log: JobLog, job: str, folder: Path) -> None:
    settings = {"TIDELINE_JOBS_FOLDER": str(folder)}
    async with platform.tideline.start("first", "train", "--follow", **settings) as first:
        await until(log, job, "running", 60, progress=0.02)
        assert trainings(folder)
        os.kill(first.pid, signal.SIGKILL)


async def test_the_next_worker_goes_on_where_the_killed_one_stood(faulty: Platform, tmp_path: Path) -> None:
    recipe, folder = tmp_path / "small.toml", tmp_path / "jobs"
    recipe.write_text(RECIPE)
    examples = written(tmp_path, planted(400, 12))
    settings = {"TIDELINE_JOBS_FOLDER": str(folder)}
    with LogProducer(faulty.kafka) as producer:
        log = JobLog(faulty.reader, faulty.codecs, producer)
        job = log.submit(TENANT, "train", {"recipe": str(recipe), "examples": str(examples), "seed": "3"})
        with pytest.raises(ChildEndedError, match="status -9"):
            await work_until_killed(faulty, log, job, folder)
        begun = log.job(TENANT, job)
        await asyncio.sleep(1)
        assert not trainings(folder), "what it began dies with it"
        run = folder / TENANT / job / "run"
        assert list((run / "members").iterdir()), "there is a checkpoint"
        async with faulty.tideline.start("second", "train", "--follow", **settings):
            done = await until(log, job, "succeeded", LEASE_MS / 1000 + 120)
    assert done.worker != begun.worker
    assert (run / "model" / "manifest.json").exists()
    assert float(done.result["metrics.ndcg@10"]) > 0
