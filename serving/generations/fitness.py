"""Fitness: whether a generation may serve, and what it lacks of the one that does."""

import time
from collections.abc import Collection, Mapping
from typing import Final

from schemas.records import GenerationChange, GenerationStatus
from serving.errors import GenerationError
from topics.catalog import ACCEPTED, DERIVED, EVENTS
from topics.generation import FIRST, Generation
from topics.offsets import LogOffsets, Partition

_LOOK_EVERY_S: Final = 0.25


def check_whole(generation: Generation, change: GenerationChange | None, topics: Collection[str]) -> None:
    """Raise GenerationError unless the generation's tables are there, and were built to their end.

    Args:
        generation: the one that is to serve.
        change: what became of it last; the first one is built by workers alone, and has none.
        topics: the names of all that the broker has.
    """
    status = change.status if change else GenerationStatus.BUILT if generation == FIRST else None
    if status is None:
        raise GenerationError(
            f"there is no generation {generation}; `tideline generations list` shows which there are"
        )
    if status == GenerationStatus.BUILDING:
        raise GenerationError(
            f"generation {generation} is not built to its end: `tideline rebuild --generation {generation}` goes on"
        )
    if status != GenerationStatus.BUILT:
        raise GenerationError(f"generation {generation} is {status}; `tideline rebuild` makes another")
    missing = [name for name in map(generation.name, DERIVED) if name not in topics]
    if missing:
        raise GenerationError(f"generation {generation} lacks its topics {', '.join(missing)}; it cannot serve")


def check_caught_up(offsets: LogOffsets, group: str, live: Generation, other: Generation, patience_s: float) -> None:
    """Raise GenerationError if `other` lacks records that `live`, which serves, has folded; see `lacking`."""
    if lacks := lacking(offsets, group, live, other, patience_s):
        raise GenerationError(
            f"generation {other} has not folded {lacks} of the records that generation {live}, which serves, has; "
            f"`tideline worker --generation {other}` folds them, --behind switches all the same"
        )


def lacking(offsets: LogOffsets, group: str, live: Generation, other: Generation, patience_s: float) -> int:
    """Return how many records `other` has not folded of those that `live` had folded when this was asked.

    Workers commit once a second, so while events come in each of the two is now and then ahead: `other` is given
    `patience_s` to come to where `live` was at the beginning. `group` is that of the workers, without a generation.
    """
    until = time.monotonic() + patience_s
    had = offsets.lag(live.group(group), [*(topic.name for topic in EVENTS), live.name(ACCEPTED)])
    folded = {at: lag.committed for at, lag in had.items() if at.topic != live.name(ACCEPTED)}
    lacks = _left(offsets, other.group(group), folded, until)
    if lacks:
        return lacks
    # A worker commits events when what it passes on of them is written: all that is to be folded of those is there.
    waiting = {at.number: lag.records for at, lag in had.items() if at.topic == live.name(ACCEPTED)}
    ends = offsets.end(offsets.partitions(other.name(ACCEPTED)))
    passed_on = {at: end - waiting.get(at.number, 0) for at, end in ends.items()}
    return _left(offsets, other.group(group), passed_on, until)


def _left(offsets: LogOffsets, group: str, goals: Mapping[Partition, int], until: float) -> int:
    """Return how many records the group still has to do before the goals, as soon as it is none."""
    while True:
        lags = offsets.lag(group, {at.topic for at in goals})
        left = sum(max(0, goal - lags[at].committed) for at, goal in goals.items())
        if not left or time.monotonic() >= until:
            return left
        time.sleep(_LOOK_EVERY_S)
