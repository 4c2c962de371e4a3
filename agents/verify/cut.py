"""Cut: a place in the log that both generations have folded everything before, so that they can be compared there."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents.errors import NotFoldedError
from agents.rebuild.bounds import END, Bounds, find_bounds
from agents.runtime.agent import Agent
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.generation import Generation
from topics.offsets import LogOffsets, Partition

PATIENCE_S: Final = 60.0
"""How long workers may fold nothing before they are no longer waited for."""

_LOOK_S: Final = 0.25

Tell = Callable[[str, int, int], None]
"""Told (what is done, how much of it, of how much), again and again."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The ends of the event topics at one time."""

    until: Bounds
    """First offset past the cut, of every partition of the event topics."""

    begins: Mapping[Partition, int]
    """Where what was passed on may begin to be of events past the cut, by partition of the accepted topics."""

    @classmethod
    def now(cls, offsets: LogOffsets, generations: Iterable[Generation]) -> "Cut":
        """Cut at the present ends of the log.

        Args:
            offsets: of the cluster.
            generations: those that are there already; what others pass on begins at 0.
        """
        # In this order: what had been passed on before the ends were asked for is of events before them.
        begins = offsets.end([at for each in generations for at in offsets.partitions(each.name(ACCEPTED))])
        return cls(find_bounds(END, offsets), begins)

    def of(self, agent: Agent[Any], partition: int) -> dict[int, int]:
        """Return the cut of the source partitions whose events an agent's rows of one partition hold."""
        topic = BEHAVIOR if agent.travelled else agent.source
        numbers = {at.number: offset for at, offset in self.until.items() if at.topic == topic.name}
        return numbers if agent.travelled else {partition: numbers[partition]}

    def begin(self, at: Partition) -> int:
        """Return the offset at which a source, of events or of what was passed on, is to be read from the cut on."""
        return self.until[at] if at in self.until else self.begins.get(at, 0)


def wait_for(
    offsets: LogOffsets, generation: Generation, group: str, cut: Cut, tell: Tell, patience_s: float = PATIENCE_S
) -> None:
    """Return when the generation's tables hold all events before the cut.

    First the group has to commit them; then what its behaviour agent has passed on of them, all of which lies before
    the end of the accepted topic by then.

    Raises NotFoldedError if the workers fold nothing for `patience_s`.
    """
    group = generation.group(group)
    _wait(offsets, group, cut.until, tell, patience_s)
    _wait(offsets, group, offsets.end(offsets.partitions(generation.name(ACCEPTED))), tell, patience_s)


def _wait(offsets: LogOffsets, group: str, until: Bounds, tell: Tell, patience_s: float) -> None:
    total = sum(until.values())
    before, heard = -1, time.monotonic()
    while missing := _missing(until, offsets.committed(group)):
        done = total - sum(missing.values())
        tell(f"waiting for workers of group {group}", done, total)
        if done > before:
            before, heard = done, time.monotonic()
        elif time.monotonic() - heard > patience_s:
            places = ", ".join(f"{left} of {at.topic}/{at.number}" for at, left in missing.items())
            raise NotFoldedError(
                f"the workers of group {group} have folded nothing for {patience_s:g} s, and there is left before the "
                f"cut: {places}. Start `tideline worker`, and see why it stopped"
            )
        time.sleep(_LOOK_S)


def _missing(until: Bounds, committed: Bounds) -> dict[Partition, int]:
    left = {at: offset - committed.get(at, 0) for at, offset in until.items()}
    return {at: count for at, count in left.items() if count > 0}
