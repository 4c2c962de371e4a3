"""Standing: how far each generation is in the log, and how far behind the one that serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agents.errors import GenerationError
from agents.rebuild.bounds import END, Bounds, find_bounds
from schemas.records import GenerationChange, GenerationStatus
from topics.catalog import ACCEPTED
from topics.generation import FIRST, Generation
from topics.generations import Generations
from topics.groups import Groups
from topics.offsets import LogOffsets, Partition

BY_WORKERS: Final = GenerationChange(FIRST.number, GenerationStatus.BUILT, -1)
"""What the first generation is, which workers make without being told to."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a generation stands."""

    change: GenerationChange
    serves: bool
    folded: int
    """Offsets of the events before the group's commits."""

    events: int
    """Offsets of the events in all."""

    waiting: int
    """Records that its behaviour agent passed on and nobody has folded."""

    behind: int
    """Offsets of the events that the generation that serves has folded and this one has not."""

    workers: int
    """Members of its group: those that keep it current."""

    @property
    def generation(self) -> Generation:
        """The generation."""
        return Generation(self.change.generation)


def behind(own: Bounds, other: Bounds) -> int:
    """Return how many offsets the other has folded that are not folded here; what is ahead here makes up for none."""
    return sum(max(0, offset - own.get(at, 0)) for at, offset in other.items())


def change_of(generation: Generation, generations: Generations) -> GenerationChange:
    """Return what became last of a generation; raise GenerationError if it was dropped or never was."""
    change = _known(generations).get(generation.number)
    if change is None or change.status == GenerationStatus.DROPPED:
        raise GenerationError(f"there is no generation {generation}; see `tideline generations list`")
    return change


def standings(generations: Generations, offsets: LogOffsets, groups: Groups, group: str) -> list[Standing]:
    """Return where each generation stands that was not dropped, by number.

    Args:
        generations: what became of each.
        offsets: of the cluster.
        groups: of the cluster.
        group: the workers' group, without a generation.
    """
    serving = generations.serving()
    left = [change for change in _known(generations).values() if change.status != GenerationStatus.DROPPED]
    ends = find_bounds(END, offsets)
    live = _of_events(offsets.committed(serving.group(group)), ends)
    found = []
    for change in left:
        generation = Generation(change.generation)
        own = generation.group(group)
        committed = offsets.committed(own)
        folded = _of_events(committed, ends)
        sent_on = offsets.end(offsets.partitions(generation.name(ACCEPTED))) if committed else {}
        found.append(
            Standing(
                change=change,
                serves=generation == serving,
                folded=sum(folded.values()),
                events=sum(ends.values()),
                waiting=behind(committed, sent_on),
                behind=behind(folded, live),
                workers=groups.members(own),
            )
        )
    return found


def _known(generations: Generations) -> Mapping[int, GenerationChange]:
    return {FIRST.number: BY_WORKERS, **generations.all()}


def _of_events(committed: Mapping[Partition, int], ends: Bounds) -> dict[Partition, int]:
    return {at: committed.get(at, 0) for at in ends}
