"""Goals: the places of the log that an answer is to hold, checked."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.errors import InvalidFieldError
from serving.api.recommender.v1.common_pb2 import LogPosition
from topics.catalog import EVENTS
from topics.offsets import Partition

MAX_POSITIONS: Final = 64

_SOURCES: Final = tuple(topic.name for topic in EVENTS)


class Goal(NamedTuple):
    """One place that is to be held."""

    at: Partition
    """Partition of a topic of events."""

    offset: int
    field: str
    """Path of the place in the request."""

    def __str__(self) -> str:
        return f"{self.field} ({self.at.topic}/{self.at.number}/{self.offset})"

    def refusal(self, part: str, why: str) -> InvalidFieldError:
        """Return the refusal of a part of the place: its topic, partition or offset."""
        return InvalidFieldError(f"{self.field}.{part}", why)


def goals_of(positions: Sequence[LogPosition], partitions: int) -> list[Goal]:
    """Return the last place of each partition, which comes after all others that are asked for there.

    Raises InvalidFieldError, which names the field, for a place that no event can have.

    Args:
        positions: what the request asks for.
        partitions: how many every topic has.
    """
    if len(positions) > MAX_POSITIONS:
        raise InvalidFieldError("at_least", f"must be at most {MAX_POSITIONS} positions, not {len(positions)}")
    goals: dict[Partition, Goal] = {}
    for index, asked in enumerate(positions):
        goal = Goal(Partition(asked.topic, asked.partition), asked.offset, f"at_least[{index}]")
        if asked.topic not in _SOURCES:
            raise goal.refusal("topic", f"must be one of {', '.join(_SOURCES)}, not {asked.topic[:64]!r}")
        if not 0 <= asked.partition < partitions:
            raise goal.refusal("partition", f"must be 0 to {partitions - 1}, not {asked.partition}")
        if asked.offset < 0:
            raise goal.refusal("offset", f"must be at least 0, not {asked.offset}")
        if goal.at not in goals or goals[goal.at].offset < goal.offset:
            goals[goal.at] = goal
    return list(goals.values())
