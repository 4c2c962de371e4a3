"""The stages of a run: what comes after what, and what is left undone after a stop."""

from collections.abc import Callable, Iterable
from threading import Event
from typing import Any
from unittest.mock import create_autospec

import pytest

from agents.errors import RebuildError
from agents.rebuild.live import wait_for_workers
from agents.rebuild.protocol import Advanced, Copy, Fold, Job
from agents.rebuild.run import Progress, Run
from agents.rebuild.standing import behind
from agents.rebuild.team import Team
from agents.tables import TABLES
from topics.catalog import ACCEPTED, BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.generation import FIRST, Generation
from topics.groups import Groups
from topics.offsets import LogOffsets, Partition

NEW = Generation(3)
BOUNDS = {
    Partition(BEHAVIOR.name, 0): 10,
    Partition(BEHAVIOR.name, 1): 30,
    Partition(ITEM_CHANGE.name, 0): 5,
    Partition(USER_CHANGE.name, 0): 0,
}


class World:
    """A log with two partitions a topic, and a team that does what it is told."""

    def __init__(self, stops: bool = False) -> None:
        self.events: list[Any] = []
        self.committed: dict[str, dict[Partition, int]] = {}
        self.ends: dict[Partition, int] = {}
        self.stop = Event()
        self._stops = stops
        offsets = create_autospec(LogOffsets, instance=True)
        offsets.partitions.side_effect = lambda topic: [Partition(topic, 0), Partition(topic, 1)]
        offsets.end.side_effect = lambda places: {at: self.ends.get(at, 0) for at in places}
        offsets.committed.side_effect = lambda group: self.committed.get(group, {})
        groups = create_autospec(Groups, instance=True)
        groups.commit.side_effect = lambda group, bounds: self.events.append(("commit", group, bounds))
        team = create_autospec(Team, instance=True)
        team.do.side_effect = self._do
        self.run = Run(team, offsets, groups, "tideline", NEW, self._tell, self.stop)
        self.offsets = offsets

    def _do(self, jobs: Iterable[Job], told: Callable[[Advanced], None]) -> bool:
        given = list(jobs)
        self.events.append(given)
        for _ in given:
            told(Advanced(4, 1))
        return not self._stops

    def _tell(self, progress: Progress) -> None:
        self.events.append(progress)


def given_jobs(world: World) -> list[list[Job]]:
    return [event for event in world.events if isinstance(event, list)]


def test_the_events_first_then_what_was_passed_on() -> None:
    world = World()
    world.committed["tideline.g3"] = {Partition(BEHAVIOR.name, 1): 12, Partition(BEHAVIOR.name, 0): 10}
    world.ends = {Partition(NEW.name(ACCEPTED), 1): 7, Partition(ACCEPTED.name, 0): 99}
    assert world.run.fold(BOUNDS)
    assert given_jobs(world) == [
        [Fold("behavior", 1, 30), Fold("catalogue", 0, 5)],
        [Fold("audience", 1, 7)],
    ]
    told = [event for event in world.events if isinstance(event, Progress)]
    assert told[0] == Progress("events", 22, 45, 0)
    assert told[-1] == Progress("accepted", 4, 7, 3)
    assert (world.run.done, world.run.bad) == ({"events": 8, "accepted": 4}, 3)


def test_after_a_stop_no_stage_begins() -> None:
    world = World(stops=True)
    assert not world.run.fold(BOUNDS)
    assert len(given_jobs(world)) == 1


def test_the_offsets_of_a_copy_come_last() -> None:
    world = World()
    assert world.run.copy(FIRST, BOUNDS)
    [copies] = given_jobs(world)
    assert copies == [Copy(table.name, number, 0) for table in TABLES for number in (0, 1)]
    assert world.events[-1] == ("commit", "tideline.g3", BOUNDS)
    stopped = World(stops=True)
    assert not stopped.run.copy(FIRST, BOUNDS)
    assert not [event for event in stopped.events if isinstance(event, tuple) and event[0] == "commit"]


def test_a_copy_waits_for_what_the_live_workers_have_not_folded() -> None:
    world = World()
    place = Partition(ACCEPTED.name, 1)
    world.ends = {place: 9, Partition(NEW.name(ACCEPTED), 0): 99}
    with pytest.raises(RebuildError, match=r"9 records of behavior\.accepted\.v1 wait .* start `tideline worker`"):
        wait_for_workers(world.offsets, FIRST, "tideline", lambda done, total: None, world.stop, patience_s=0)

    def fold_three(done: int, total: int) -> None:
        assert total == 9
        told.append(done)
        world.committed["tideline"] = {place: done + 3}

    told: list[int] = []
    assert wait_for_workers(world.offsets, FIRST, "tideline", fold_three, world.stop, patience_s=0)
    assert told == [0, 3, 6]
    world.committed.clear()
    world.stop.set()
    assert not wait_for_workers(world.offsets, FIRST, "tideline", lambda done, total: None, world.stop)


def test_what_is_ahead_makes_up_for_nothing() -> None:
    one, other = Partition("t", 0), Partition("t", 1)
    assert behind({one: 5, other: 1}, {one: 3, other: 4}) == 3
    assert behind({}, {one: 3}) == 3
    assert behind({one: 3}, {}) == 0
