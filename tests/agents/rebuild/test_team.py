"""A team of real processes: one that cannot begin says why, and none is left behind."""

from pathlib import Path
from threading import Event

import psutil
import pytest

from agents.errors import RebuildError
from agents.rebuild.protocol import Hello, fields_of
from agents.rebuild.team import Team
from agents.settings import WorkerSettings
from schemas.settings import RegistrySettings
from topics.settings import KafkaSettings


def test_a_process_that_cannot_begin_says_why_and_all_end(tmp_path: Path) -> None:
    registry = RegistrySettings(url="http://127.0.0.1:1/nowhere", attempts=1)
    hello = Hello(fields_of(KafkaSettings()), fields_of(registry), fields_of(WorkerSettings()), str(tmp_path))
    with pytest.raises(RebuildError, match=r"cannot go on: .*127\.0\.0\.1:1"), Team(hello, 2, Event()):
        pytest.fail("it was ready")
    assert not [child for child in psutil.Process().children() if _is_member(child)]


def _is_member(process: psutil.Process) -> bool:
    try:
        return "agents.rebuild.member" in process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # the end of another test's process, of which we are parent
        return False
