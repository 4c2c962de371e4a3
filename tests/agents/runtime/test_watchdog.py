"""Watchdog: waiting for work is no fault, standing still before it is."""

from typing import Any
from unittest.mock import create_autospec

import pytest
from faust.types import TP

from agents.errors import StuckError
from agents.runtime.health import Health
from agents.runtime.runner import Runner
from agents.runtime.transport import BatchConsumer
from agents.runtime.watchdog import Watchdog

PLACE = TP("t", 3)


class Scene:
    """A worker with one partition, and a watchdog that takes it for stuck after ten seconds."""

    def __init__(self) -> None:
        self.runner = create_autospec(Runner, instance=True)
        self.runner.done_offset, self.runner.waits_for = 4, ""
        self.app: Any = create_autospec(object, instance=True)
        self.app.consumer = create_autospec(BatchConsumer, instance=True)
        self.app.consumer.highwater.return_value = 5
        self.app.consumer.committed.return_value = 5
        self.runners = {PLACE: self.runner}
        self.stuck: list[StuckError] = []
        self.health = Health(slow_after_s=5, letter_share=0.1)
        self.watchdog = Watchdog(self.app, self.runners, 10, self.health, self.stuck.append)

    def stuck_after(self, *times: float) -> bool:
        """Look at these times; return whether the last look found it stuck."""
        return not [self.watchdog.look(now) for now in times][-1]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_worker_without_work_may_wait_for_ever(scene: Scene) -> None:
    assert not scene.stuck_after(0, 1000)
    assert not scene.health.problems


def test_records_that_wait_and_are_not_done(scene: Scene) -> None:
    scene.app.consumer.highwater.return_value = 8
    assert not scene.stuck_after(0, 6)
    assert scene.health.problems == ("3 records wait in t/3, none was done for 6 s",)
    assert scene.stuck_after(11)
    assert str(scene.stuck[0]).startswith("3 records wait in t/3, none was done for 11 s; the worker exits")


def test_records_that_are_done_and_not_committed(scene: Scene) -> None:
    scene.app.consumer.committed.return_value = 3
    assert not scene.stuck_after(0, 9)
    assert scene.stuck_after(11)
    assert "2 records of t/3 are done, nothing was committed for 11 s" in str(scene.stuck[0])


def test_what_moves_is_not_stuck(scene: Scene) -> None:
    scene.app.consumer.highwater.return_value = 8
    assert not scene.stuck_after(0, 9)
    scene.runner.done_offset = 5
    scene.app.consumer.committed.return_value = 6
    assert not scene.stuck_after(11, 20)
    assert scene.stuck_after(22)


def test_a_restart_would_not_help_what_waits_for_the_registry(scene: Scene) -> None:
    scene.app.consumer.highwater.return_value = 8
    scene.runner.waits_for = "the registry"
    assert not scene.stuck_after(0, 1000)
    assert scene.health.problems


def test_a_partition_that_was_away_begins_anew(scene: Scene) -> None:
    scene.app.consumer.highwater.return_value = 8
    assert not scene.stuck_after(0)
    del scene.runners[PLACE]
    assert not scene.stuck_after(5)
    scene.runners[PLACE] = scene.runner
    assert not scene.stuck_after(100, 109)
    assert scene.stuck_after(111)
