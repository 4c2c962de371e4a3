"""The demonstration itself, small; and the promise of the loader: a second load changes no table."""

import asyncio
import csv
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from rich.console import Console

from deploy.demo.child import TIDELINE
from deploy.demo.experiment import Plan
from deploy.demo.run import run
from deploy.demo.stage import Stage, open_stage
from deploy.demo.tables import dead_letter_count, folded_actions, read_table
from deploy.load.movielens import SCENARIO
from schemas.records import Row, UserActivity
from topics.changelogs import CHANGELOGS, USER_ACTIVITY
from topics.topic import Topic

pytestmark = pytest.mark.e2e

START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 90

Rows = dict[bytes, Row]


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


async def test_a_small_demonstration_holds_what_it_claims_and_leaves_nothing_running() -> None:
    before = children()
    plan = Plan(end_ms=1_764_000_000_000, users=24, items=80, rounds=2, history_lists=1)
    outcome = await run(Console(file=sys.stderr), None, plan, keep=False)

    assert outcome.checks["every event was folded once"]
    assert outcome.checks["no dead letters"]
    assert outcome.checks["a newcomer's likes change the list"]
    assert outcome.figures["folded"]["impression"] > 0
    assert children() <= before


@pytest.mark.faults
async def test_a_demonstration_that_is_told_to_stop_leaves_nothing_running(tmp_path: Path) -> None:
    before = children()
    output = tmp_path / "output"
    with output.open("wb") as file:
        demo = await asyncio.create_subprocess_exec(TIDELINE, "demo", stdout=file, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(START_TIMEOUT_S):
        while b"worker and server started" not in output.read_bytes():
            assert demo.returncode is None, output.read_text()
            await asyncio.sleep(0.2)
    started = {child.pid for child in psutil.Process(demo.pid).children(recursive=True)}
    demo.send_signal(signal.SIGTERM)
    async with asyncio.timeout(STOP_TIMEOUT_S):
        status = await demo.wait()

    assert len(started) >= 4  # Kafka, registry, worker, server
    assert status == 128 + signal.SIGTERM
    assert not any(psutil.pid_exists(pid) for pid in started)
    assert children() <= before


async def test_loading_a_set_twice_changes_no_table(tmp_path: Path) -> None:
    events = write_sample(tmp_path)
    async with open_stage(Console(file=sys.stderr), SCENARIO) as stage:
        first = await loaded(stage, tmp_path)
        second = await loaded(stage, tmp_path)
        activity = read_table(stage.reader, USER_ACTIVITY)[0]
        folded = folded_actions(activity, stage.codecs.codec_for(USER_ACTIVITY.subject, UserActivity))
        letters = dead_letter_count(stage.reader)

    assert folded == events
    assert letters == 0
    assert first.keys() == second.keys()
    for table, rows in first.items():
        assert rows == second[table], f"{table} is another one after the second load"


async def loaded(stage: Stage, folder: Path) -> Mapping[str, Rows]:
    """Load the folder with the real command, which names the bad row and loads the rest.

    Returns every table, once it has caught up, without its bookkeeping.
    """
    load = await asyncio.create_subprocess_exec(
        *(TIDELINE, "load", "movielens", str(folder), "--tenant", "demo"),
        env={**os.environ, **stage.environment},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await load.communicate()
    assert load.returncode == 1
    assert b"ratings.csv:2: rating: " in errors
    await stage.catch_up.wait()
    return {topic.name: decoded(stage, topic) for topic in CHANGELOGS}


def decoded(stage: Stage, topic: Topic) -> Rows:
    codec = stage.codecs.of(topic)
    rows, _ = read_table(stage.reader, topic)
    return {key: msgspec.structs.replace(codec.decode(value), applied={}) for key, value in rows.items()}


def write_sample(folder: Path, movies: int = 40, users: int = 30, ratings: int = 20) -> dict[str, int]:
    """Write a small set with what is odd in the real one, and a bad row as its first rating.

    Returns how many events of each action it holds.
    """
    random = np.random.default_rng(11)
    genres = ["Comedy", "Drama", "Sci-Fi", "(no genres listed)"]
    titles = [
        "Misérables, Les (1995)",
        '"Great Performances" Cats (1998)',
        "Babylon 5",
        "[REC] (2007)",
        "À nous (1931)",
    ]
    tags = ["funny", "will ferrell", 'a "quote", and a comma', "日本"]
    rows: dict[str, list[list[object]]] = {
        "movies": [["movieId", "title", "genres"]],
        "ratings": [["userId", "movieId", "rating", "timestamp"], [1, 1, "five", 828_124_615]],
        "tags": [["userId", "movieId", "tag", "timestamp"]],
    }
    for movie in range(1, movies + 1):
        rows["movies"].append([movie, titles[movie % len(titles)], genres[movie % len(genres)]])
    for user in range(1, users + 1):
        for movie in random.choice(movies, ratings, replace=False) + 1:
            at = int(random.integers(828_124_615, 1_537_799_250))
            rows["ratings"].append([user, movie, float(random.integers(1, 11)) / 2, at])
        rows["tags"].append([user, 1 + user % movies, tags[user % len(tags)], 1_400_000_000])
    for name, lines in rows.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)
    return {"rate": users * ratings, "comment": users}
