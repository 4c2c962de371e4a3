"""`tideline rebuild` on the real stack: a new generation is, row by row, what one process folds of the same events.

Also one that was cut off and gone on with, one up to a place in the log, and one copied while events came in.
"""

import asyncio
import os
import random
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka.admin import AdminClient

from agents.rebuild.cli import STOPPED
from agents.tables import TABLES
from deploy.demo.child import TIDELINE
from schemas.records import GenerationStatus
from tests.faults.conftest import events, load, send
from tests.faults.oracle import Contents, digests, oracle
from tests.integration.conftest import Platform, settled
from topics.admin import TopicAdmin
from topics.catalog import DERIVED, EVENTS, SOURCES
from topics.generation import FIRST, Generation
from topics.groups import Groups
from topics.offsets import Partition

pytestmark = pytest.mark.integration

CRASH = {"TIDELINE_WORKER_FAILPOINT": "after_confirm", "TIDELINE_WORKER_FAILPOINT_BATCH": "2"}


def run(platform: Platform, *arguments: str, status: int = 0, **settings: str) -> Any:
    """Run a command with --json to its end; return what it says."""
    tideline = platform.tideline
    done = type(tideline)({**tideline.environment, **settings}, tideline.folder).run(*arguments, "--json")
    assert done.returncode == status, done.stdout + done.stderr
    return orjson.loads(done.stdout.splitlines()[-1]) if status in (0, STOPPED) else done.stderr


def contents(platform: Platform, generation: Generation, tenant: str) -> Contents:
    """Return the digest of each of the tenant's rows, by table and key, from the generation's changelogs alone."""
    found: Contents = {}
    for table in TABLES:
        records = platform.records(generation.of(table.changelog))
        latest = {record.key() or b"": record.value() or b"" for record in records}
        found |= digests(platform, table, latest.items(), tenant)
    return found


async def settle(platform: Platform, *generations: Generation) -> None:
    """Return when the workers of the generations have done all that there is."""
    lags: dict[Generation, int] = {}
    try:
        async with asyncio.timeout(90):
            while not lags or any(lags.values()):
                await asyncio.sleep(0.1)
                lags = {each: await asyncio.to_thread(lag, platform, each) for each in generations}
    except TimeoutError:
        pytest.fail(f"records were left by generation after 90 s: {lags}")


def lag(platform: Platform, generation: Generation) -> int:
    sources = [generation.name(source) for source in SOURCES]
    return sum(lag.records for lag in platform.offsets.lag(generation.group("tideline"), sources).values())


async def test_a_rebuild_is_what_is_live_and_a_crash_in_it_changes_nothing(platform: Platform) -> None:
    await send(platform, events("rebuilt", 600))
    crashed = await asyncio.to_thread(run, platform, "rebuild", status=1, **CRASH)
    assert "ended with status 70" in crashed
    listed = run(platform, "generations", "list")["generations"]
    [begun] = [each for each in listed if each["status"] == "building"]

    async with platform.tideline.start("rebuilt-worker", "worker"):
        done = await asyncio.to_thread(run, platform, "rebuild")
        await settled(platform)
    built = Generation(done["generation"])
    assert (built.number, done["status"]) == (begun["generation"], GenerationStatus.BUILT)
    # Two batches were done when it died, and one of them at least was not committed.
    assert sum(done["until"].values()) - begun["folded"] == done["done"]["events"]
    expected = await asyncio.to_thread(oracle, platform, "rebuilt")
    assert contents(platform, FIRST, "rebuilt") == expected
    assert contents(platform, built, "rebuilt") == expected


async def test_a_copy_goes_on_from_where_the_live_one_was(platform: Platform) -> None:
    await send(platform, events("copied", 400))
    async with platform.tideline.start("copied-live", "worker"):
        async with load(platform, "copied", per_s=300):
            done = await asyncio.to_thread(run, platform, "rebuild", "--from-changelog")
        assert (done["method"], done["status"]) == ("changelog", "built")
        copied = Generation(done["generation"])
        async with platform.tideline.start("copied-next", "worker", "--generation", str(copied)):
            await send(platform, events("copied", 200, seed=8))
            await settle(platform, FIRST, copied)
    expected = await asyncio.to_thread(oracle, platform, "copied")
    assert contents(platform, FIRST, "copied") == expected
    assert contents(platform, copied, "copied") == expected


@pytest.mark.faults
async def test_a_generation_in_use_is_kept_and_one_that_is_dropped_is_gone(platform: Platform) -> None:
    await send(platform, events("dropped", 100))
    built = Generation((await asyncio.to_thread(run, platform, "rebuild"))["generation"])
    async with platform.tideline.start("dropped-worker", "worker", "--generation", str(built)):
        told = await asyncio.to_thread(run, platform, "rebuild", "--generation", str(built), status=1)
        assert "nothing to go on with" in told
        await joined(platform, built)
        told = await asyncio.to_thread(run, platform, "generations", "drop", str(built), status=1)
        assert "workers keep generation" in told
    [standing] = [
        each for each in run(platform, "generations", "list")["generations"] if each["generation"] == built.number
    ]
    assert (standing["status"], standing["serves"], standing["waiting"], standing["behind"]) == ("built", False, 0, 0)
    assert "generation 0 serves" in run(platform, "generations", "drop", "0", status=1)
    assert run(platform, "generations", "drop", str(built)) == {"generation": built.number, "status": "dropped"}
    gone = {built.name(topic) for topic in DERIVED}
    assert not gone & TopicAdmin(platform.kafka).existing().keys()
    assert not built.folder(Path(platform.tideline.environment["TIDELINE_WORKER_STATE_DIR"])).exists()
    assert built.group("tideline") not in groups(platform)
    assert "there is no generation 999" in run(platform, "generations", "drop", "999", status=1)


async def joined(platform: Platform, generation: Generation) -> None:
    """Return when the generation has a worker."""
    members = 0
    async with asyncio.timeout(90):
        while not members:
            await asyncio.sleep(0.1)
            members = await asyncio.to_thread(Groups(platform.kafka).members, generation.group("tideline"))


def groups(platform: Platform) -> set[str]:
    listed = AdminClient(platform.kafka.client_config()).list_consumer_groups().result()
    return {group.group_id for group in listed.valid}


@pytest.mark.faults
async def test_a_rebuild_ends_where_it_is_told_to(platform: Platform) -> None:
    places = [at for topic in EVENTS for at in platform.offsets.partitions(topic.name)]
    before = platform.offsets.end(places)  # other tests have written, too
    await send(platform, events("until", 500))
    ends = platform.offsets.end(places)
    draw = random.Random(7)
    bounds = {at: draw.randint(before[at], end) for at, end in ends.items()}
    told = [argument for at, offset in bounds.items() for argument in ("--until", f"{at.topic}/{at.number}:{offset}")]
    done = await asyncio.to_thread(run, platform, "rebuild", *told)
    assert done["until"] == {f"{at.topic}/{at.number}": offset for at, offset in bounds.items()}
    expected = await asyncio.to_thread(oracle, platform, "until", bounds)
    assert expected
    assert contents(platform, Generation(done["generation"]), "until") == expected

    moment = await asyncio.to_thread(first_after, platform, places, ends)
    await send(platform, events("after", 100))
    later = await asyncio.to_thread(run, platform, "rebuild", "--until", str(moment))
    assert later["until"] == {f"{at.topic}/{at.number}": end for at, end in ends.items()}
    assert contents(platform, Generation(later["generation"]), "after") == {}
    rest = Generation(later["generation"])
    async with platform.tideline.start("until-worker", "worker", "--generation", str(rest)):
        await settle(platform, rest)
    expected = await asyncio.to_thread(oracle, platform, "after")
    assert contents(platform, Generation(later["generation"]), "after") == expected


def first_after(platform: Platform, places: Iterable[Partition], ends: dict[Partition, int]) -> int:
    """Return a moment after all that the log holds."""
    stamps = [record.timestamp()[1] for topic in EVENTS for record in platform.records(topic)]
    moment: int = max(stamps) + 1
    assert platform.offsets.since(places, moment) == ends
    return moment


@pytest.mark.faults
async def test_sigterm_ends_a_rebuild_in_good_order_and_the_next_goes_on(platform: Platform) -> None:
    await send(platform, events("stopped", 20_000))
    process = await asyncio.create_subprocess_exec(
        *(TIDELINE, "rebuild", "--workers", "1", "--json"),
        env={**os.environ, **platform.tideline.environment},
        stdout=asyncio.subprocess.PIPE,
    )
    begun: list[int] = []
    async with asyncio.timeout(90):
        while not begun:
            await asyncio.sleep(0.02)
            names = await asyncio.to_thread(lambda: run(platform, "generations", "list")["generations"])
            begun = [each["generation"] for each in names if each["status"] == "building"]
    process.send_signal(signal.SIGTERM)
    output, _ = await process.communicate()
    assert process.returncode in (0, STOPPED)
    if process.returncode == STOPPED:
        assert orjson.loads(output.splitlines()[-1])["status"] == "building"
        assert (await asyncio.to_thread(run, platform, "rebuild"))["generation"] == begun[0]
    expected = await asyncio.to_thread(oracle, platform, "stopped")
    assert contents(platform, Generation(begun[0]), "stopped") == expected
