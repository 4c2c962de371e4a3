from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import psutil
import pytest

from deploy.local.process import Process, tail
from topics import tether

SLEEP = (sys.executable, "-c", "import time; print('started', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
)


@pytest.fixture(params=[False, True], ids=["detached", "tied"])
def sleeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Process]:
    process = Process.spawn(SLEEP, tmp_path / "logs" / "sleeper.log", tied=request.param)
    yield process
    process.kill()


async def test_it_is_alive_from_the_first_instant_until_it_is_stopped(sleeper: Process) -> None:
    assert sleeper.alive
    assert sleeper.rss > 0
    await sleeper.stop(10)
    assert not sleeper.alive
    assert sleeper.rss == 0
    assert not psutil.pid_exists(sleeper.pid)


async def test_stopping_what_has_ended_does_nothing(sleeper: Process) -> None:
    await sleeper.stop(10)
    await sleeper.stop(10)
    assert not sleeper.alive


@pytest.mark.parametrize(
    "other",
    [{"command": ("/usr/bin/other",)}, {"started_at": 1.0}],
    ids=["another command", "another time"],
)
async def test_a_process_that_got_the_id_of_ours_is_left_alone(sleeper: Process, other: dict[str, object]) -> None:
    for _ in range(500):  # while a tied process becomes its command it has none, and could be anybody's
        if tuple(psutil.Process(sleeper.pid).cmdline()) == sleeper.command:
            break
        await asyncio.sleep(0.01)
    stale = replace(sleeper, **other)  # type: ignore[arg-type]
    assert not stale.alive
    stale.kill()
    await stale.stop(1)
    assert sleeper.alive


@pytest.mark.parametrize("threads", [3, 1])
def test_a_process_that_dies_while_it_is_asked_for_lives_as_long_as_its_threads(
    sleeper: Process, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed JVM holds its port until its last thread has ended."""
    dying = create_autospec(psutil.Process, instance=True)
    dying.status.side_effect = [psutil.STATUS_RUNNING, psutil.STATUS_ZOMBIE]
    dying.create_time.return_value = sleeper.started_at
    dying.cmdline.side_effect = psutil.ZombieProcess(sleeper.pid)
    dying.num_threads.return_value = threads
    with monkeypatch.context() as patch:
        patch.setattr(psutil, "Process", lambda pid: dying)
        assert sleeper.alive == (threads > 1)


async def test_a_process_that_heeds_no_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "deaf.log"
    process = Process.spawn(STUBBORN, log, tied=True)
    while not tail(log, 1):
        assert process.alive
    await process.stop(0.2)
    assert not process.alive


def test_the_developers_variables_do_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    log = tmp_path / "env.log"
    program = "import os; print(sorted(os.environ))"
    process = Process.spawn((sys.executable, "-c", program), log, tied=False)
    while process.alive:
        pass
    assert "'PATH'" in tail(log, 1)[0]
    assert "JAVA_TOOL_OPTIONS" not in tail(log, 1)[0]


def test_a_tied_process_does_not_start_when_its_parent_is_gone(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    nobody = "1" if os.getpid() != 1 else "2"
    command = [sys.executable, "-c", f"open({str(marker)!r}, 'w')"]
    done = subprocess.run([sys.executable, tether.__file__, nobody, *command], capture_output=True, check=False)
    assert done.returncode != 0
    assert b"the parent is gone" in done.stderr
    assert not marker.exists()


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    assert tail(log, 3) == []
    log.write_bytes(b"one\ntwo\nthr\xffee\nfour")
    assert tail(log, 2) == ["thr�ee", "four"]
    assert tail(log, 0) == []
