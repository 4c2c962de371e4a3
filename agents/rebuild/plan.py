"""Plan: which parts of the work are left, in the order in which processes take them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from agents.rebuild.bounds import Bounds
from agents.roster import AGENTS
from agents.runtime.agent import Agent
from topics.generation import Generation
from topics.offsets import Partition

FROM_EVENTS: Final = tuple(agent for agent in AGENTS if not agent.source.derived)
"""Agents that read what producers wrote."""

FROM_AGENTS: Final = tuple(agent for agent in AGENTS if agent.source.derived)
"""Agents that read what the others send on: their sources have an end only when the others are done."""


class Part(NamedTuple):
    """The work of one agent on one partition."""

    agent: str
    partition: int
    start: int
    """First offset to fold."""

    until: int
    """First offset not to fold."""

    @property
    def offsets(self) -> int:
        """How many offsets there are to fold."""
        return self.until - self.start


def parts_left(
    agents: Iterable[Agent[Any]], bounds: Bounds, committed: Mapping[Partition, int], generation: Generation
) -> Sequence[Part]:
    """Return the parts that are not done, the longest first.

    Whoever is free takes the next one. With the longest first, the processes end at about the same time: the last
    that one takes is the shortest.

    Args:
        agents: those that fold.
        bounds: of every partition of their sources, by the generation's own names.
        committed: next offset of each partition by the generation's group; none where nothing was folded.
        generation: whose tables are made.
    """
    by_source = {generation.name(agent.source): agent.name for agent in agents}
    parts = [
        Part(by_source[at.topic], at.number, committed.get(at, 0), until)
        for at, until in bounds.items()
        if at.topic in by_source
    ]
    return sorted((part for part in parts if part.offsets > 0), key=lambda part: (-part.offsets, part))
