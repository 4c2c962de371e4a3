"""Bounds: up to which offset of each partition the events are folded. Pure, but for what is asked of the log."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from agents.errors import BoundsError
from topics.catalog import EVENTS
from topics.moments import parse_moment
from topics.offsets import LogOffsets, Partition

Bounds = Mapping[Partition, int]
"""First offset that is not folded, of every partition of the event topics."""

_POSITION: Final = re.compile(r"(?P<topic>[^/]+)/(?P<partition>\d+):(?P<offset>\d+)")


@dataclass(frozen=True, slots=True)
class Until:
    """Where an operator wants a rebuild to end: a moment, positions, both, or neither, which is the end of the log."""

    moment: int | None = None
    """Milliseconds; events whose broker timestamp is this or later are left out."""

    positions: Bounds = field(default_factory=dict)
    """First offset that is left out, for some partitions; it goes before the moment."""

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Return what the texts say: each `topic/partition:offset`, one of them possibly a moment.

        Raises BoundsError for anything else.
        """
        moment: int | None = None
        positions: dict[Partition, int] = {}
        for text in texts:
            if found := _POSITION.fullmatch(text):
                at = Partition(found["topic"], int(found["partition"]))
                if at in positions:
                    raise BoundsError(f"{text}: {at.topic}/{at.number} is given twice")
                positions[at] = int(found["offset"])
                continue
            try:
                given = parse_moment(text)
            except ValueError:
                raise BoundsError(f"{text!r} is neither topic/partition:offset nor a moment (ISO 8601)") from None
            if moment is not None:
                raise BoundsError(f"{text}: a moment is given twice")
            moment = given
        return cls(moment, positions)

    def bounds(self, ends: Bounds, at_moment: Bounds) -> dict[Partition, int]:
        """Return the bounds.

        Args:
            ends: next offset of each partition of the event topics.
            at_moment: first offset of the moment or later in each; none where there is no such, or no moment.

        Raises:
            BoundsError: a position is in no such partition, or beyond its end.
        """
        for at, offset in self.positions.items():
            if at not in ends:
                raise BoundsError(f"{at.topic}/{at.number} is no partition of {', '.join(_TOPICS)}")
            if offset > ends[at]:
                raise BoundsError(f"{at.topic}/{at.number} ends at {ends[at]}, before {offset}")
        return {at: self.positions.get(at, at_moment.get(at, end)) for at, end in ends.items()}


_TOPICS: Final = tuple(topic.name for topic in EVENTS)


END: Final = Until()
"""The end of the log."""


def find_bounds(until: Until, offsets: LogOffsets) -> dict[Partition, int]:
    """Return the bounds that `until` means in the log as it is now; raise BoundsError if it means none."""
    partitions = [at for topic in _TOPICS for at in offsets.partitions(topic)]
    ends = offsets.end(partitions)
    return until.bounds(ends, {} if until.moment is None else offsets.since(partitions, until.moment))


def written(bounds: Bounds) -> dict[str, int]:
    """Return the bounds as a record of the generation keeps them: by topic/partition."""
    return {f"{at.topic}/{at.number}": offset for at, offset in bounds.items()}


def read(kept: Mapping[str, int]) -> dict[Partition, int]:
    """Return the bounds that a record of the generation keeps."""
    places = {place.rpartition("/"): offset for place, offset in kept.items()}
    return {Partition(topic, int(number)): offset for (topic, _, number), offset in places.items()}
