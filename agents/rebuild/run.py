"""Run: the stages in which a team brings a generation to its bounds."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, NamedTuple

from agents.rebuild.bounds import Bounds
from agents.rebuild.live import wait_for_workers
from agents.rebuild.plan import FROM_AGENTS, FROM_EVENTS, parts_left
from agents.rebuild.protocol import Advanced, Copy, Fold, Job
from agents.rebuild.team import Team
from agents.runtime.agent import Agent
from agents.tables import TABLES
from topics.generation import Generation
from topics.groups import Groups
from topics.offsets import LogOffsets, Partition


class Progress(NamedTuple):
    """How far a rebuild is in one of its stages."""

    stage: str
    """`events`, `accepted` (what the behaviour agent passes on), `waiting` (for live workers) or `rows` (copied)."""

    done: int
    total: int
    """0 where nobody knows it."""

    bad: int
    """Records that could not be processed, of all stages so far."""


Tell = Callable[[Progress], None]


@dataclass(slots=True)
class Run:
    """One run of a team. Both ways return whether they came to the end, which they do not after a stop."""

    team: Team
    offsets: LogOffsets
    groups: Groups
    group: str
    """The workers' group, without a generation."""

    generation: Generation
    tell: Tell
    stop: Event
    done: Counter[str] = field(default_factory=Counter)
    """Offsets folded, or rows copied, by stage."""

    bad: int = 0

    def fold(self, bounds: Bounds) -> bool:
        """Fold the events up to the bounds, then all that the behaviour agent passed on.

        One after the other, not side by side: only then the end of what is passed on is known, and an item's row is
        written a few times instead of once for each batch of its events.
        """
        return self._fold("events", FROM_EVENTS, bounds) and self._fold("accepted", FROM_AGENTS, self._sent_on())

    def copy(self, live: Generation, bounds: Bounds) -> bool:
        """Copy the rows of the live generation, which has folded at least the events before the bounds.

        The group's offsets come last: a worker that began at them before all rows are there would take the half of a
        table for the whole. Nothing is passed on yet, so what the group reads of that begins empty.
        """
        live_group = live.group(self.group)
        if not wait_for_workers(self.offsets, live, live_group, self._waiting, self.stop):
            return False
        numbers = [at.number for at in self.offsets.partitions(live.name(TABLES[0].changelog))]
        if not self._do("rows", [Copy(table.name, number, live.number) for table in TABLES for number in numbers]):
            return False
        self.groups.commit(self.generation.group(self.group), bounds)
        return True

    def _fold(self, stage: str, agents: Sequence[Agent[Any]], bounds: Bounds) -> bool:
        committed = self.offsets.committed(self.generation.group(self.group))
        parts = parts_left(agents, bounds, committed, self.generation)
        total = sum(bounds.values())
        left = sum(part.offsets for part in parts)
        return self._do(stage, [Fold(part.agent, part.partition, part.until) for part in parts], total - left, total)

    def _do(self, stage: str, jobs: Iterable[Job], before: int = 0, total: int = 0) -> bool:
        def told(report: Advanced) -> None:
            self.done[stage] += report.done
            self.bad += report.bad
            self.tell(Progress(stage, before + self.done[stage], total, self.bad))

        self.tell(Progress(stage, before, total, self.bad))
        return self.team.do(jobs, told)

    def _sent_on(self) -> dict[Partition, int]:
        sources = {self.generation.name(agent.source) for agent in FROM_AGENTS}
        return self.offsets.end(at for source in sources for at in self.offsets.partitions(source))

    def _waiting(self, done: int, total: int) -> None:
        self.tell(Progress("waiting", done, total, self.bad))
