"""Jobs on the real stack: asked for, claimed once, run, cancelled, and gone on with after a worker was killed."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from schemas.records import Action, BehaviorEvent
from tests.integration.conftest import Platform
from topics.events import EventProducer
from topics.jobs.board import Job
from topics.jobs.log import JobLog
from topics.producer import LogProducer

pytestmark = pytest.mark.integration

TENANT = "jobs"
SLOW = """
name = "retrieval"
[model]
kind = "retrieval"
size = 8
[fitting]
epochs = 20000
patience = 20000
"""


async def tideline(platform: Platform, *arguments: str, code: int = 0) -> Any:
    done = await asyncio.to_thread(platform.tideline.run, *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return orjson.loads(done.stdout.splitlines()[-1])


async def shown(platform: Platform, job: str) -> Any:
    return await tideline(platform, "jobs", "show", job, "--tenant", TENANT)


async def until(platform: Platform, job: str, *statuses: str) -> Job:
    """Return the job when it has one of these statuses."""
    with LogProducer(platform.kafka) as producer:
        log = JobLog(platform.reader, platform.codecs, producer)
        for _ in range(240):
            found = await asyncio.to_thread(log.job, TENANT, job)
            if found.status in statuses:
                return found
            await asyncio.sleep(0.25)
    return pytest.fail(f"the job is not {' or '.join(statuses)}, but {found}")


@pytest.fixture(scope="module")
async def jobs(platform: Platform) -> Platform:
    with EventProducer(platform.kafka, platform.codecs) as producer:
        for user in range(20):
            for place in range(4):
                name = f"i{(user + place) % 10}"
                producer.send(BehaviorEvent(f"{user}-{place}", TENANT, f"u{user}", name, Action.LIKE, 1000 + place))
    return platform


async def test_two_workers_share_the_jobs_and_each_is_done_once(jobs: Platform) -> None:
    folder = str(jobs.tideline.folder / "jobs")
    asked = [
        await tideline(jobs, "jobs", "submit", "train", "--set", f"recipe={recipe}", *release, "--tenant", TENANT)
        for recipe, *release in (("transitions", "--set", "release=true"), ("no-such-recipe",))
    ]
    async with (
        jobs.tideline.start("job-worker-1", "train", "--follow", TIDELINE_JOBS_FOLDER=folder),
        jobs.tideline.start("job-worker-2", "train", "--follow", TIDELINE_JOBS_FOLDER=folder),
    ):
        released, failed = [await until(jobs, each["id"], "succeeded", "failed") for each in asked]
    assert (released.status, failed.status) == ("succeeded", "failed")
    assert released.result["model"] == "transitions"
    assert released.result["items"] == "10"
    assert "no-such-recipe" in failed.message
    models = (await tideline(jobs, "models", "list", "--tenant", TENANT))["models"]
    assert [each["version"] for each in models["transitions"]] == [released.result["version"]]
    listed = await tideline(jobs, "jobs", "list", "--tenant", TENANT)
    assert [each["id"] for each in listed["jobs"]] == [each["id"] for each in reversed(asked)]


async def test_a_job_is_cancelled_while_it_runs(jobs: Platform) -> None:
    recipe = jobs.tideline.folder / "slow.toml"
    recipe.write_text(SLOW)
    asked = await tideline(jobs, "jobs", "submit", "train", "--set", f"recipe={recipe}", "--tenant", TENANT)
    folder = str(jobs.tideline.folder / "jobs")
    async with jobs.tideline.start("job-worker-3", "train", "--follow", TIDELINE_JOBS_FOLDER=folder):
        await until(jobs, asked["id"], "running")
        cancelled = await tideline(jobs, "jobs", "cancel", asked["id"], "--tenant", TENANT)
        assert cancelled["status"] == "cancelled"
        after = await tideline(jobs, "jobs", "submit", "train", "--set", "recipe=ease", "--tenant", TENANT)
        await until(jobs, after["id"], "succeeded")
    assert (await shown(jobs, asked["id"]))["status"] == "cancelled"


async def test_a_stopped_worker_gives_its_job_back(jobs: Platform) -> None:
    recipe = jobs.tideline.folder / "slow.toml"
    recipe.write_text(SLOW)
    asked = await tideline(jobs, "jobs", "submit", "train", "--set", f"recipe={recipe}", "--tenant", TENANT)
    folder = str(jobs.tideline.folder / "jobs")
    async with jobs.tideline.start("job-worker-4", "train", "--follow", TIDELINE_JOBS_FOLDER=folder):
        await until(jobs, asked["id"], "running")
    returned = await shown(jobs, asked["id"])
    assert (returned["status"], returned["worker"]) == ("requested", "")
    await tideline(jobs, "jobs", "cancel", asked["id"], "--tenant", TENANT)


async def test_another_tenants_job_is_none_of_ones_own(jobs: Platform) -> None:
    asked = await tideline(jobs, "jobs", "submit", "vectors", "--tenant", TENANT)
    for command in ("show", "cancel"):
        done = await asyncio.to_thread(jobs.tideline.run, "jobs", command, asked["id"], "--tenant", "stranger")
        assert done.returncode == 1
        assert "has no job" in done.stderr
    assert (await tideline(jobs, "jobs", "list", "--tenant", "stranger"))["jobs"] == []
    assert (await shown(jobs, asked["id"]))["status"] == "requested"


async def test_what_no_worker_could_do_is_refused_at_once(jobs: Platform) -> None:
    done = await asyncio.to_thread(jobs.tideline.run, "jobs", "submit", "train", "--set", "out=/", "--tenant", TENANT)
    assert done.returncode == 1
    assert "recipe" in done.stderr
