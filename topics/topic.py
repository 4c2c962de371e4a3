"""Topic: the declaration of one Kafka topic."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.records import Record

PARTITIONS: Final = 4
"""Partitions of every co-partitioned topic where the settings say nothing else. One number for all: a table's row must
live in the partition of its source key."""

MAX_RECORD_BYTES: Final = 1 << 20
"""Greatest record batch of a topic, the broker's own default: 1 MiB."""

MAX_LARGE_BYTES: Final = 16 << 20
"""The same where a record may be large: a dead letter, which holds whole what was too large for us, and five minutes
of a user's history."""

TOMBSTONES_KEPT_MS: Final = 7 * 86_400_000
"""How long a changelog keeps the record that deletes a row. A copy that was away for longer may have missed one and
would keep the row for ever, so it starts again (`topics.restore`)."""

SEGMENT_BYTES: Final = 64 << 20
"""Segment of a changelog. The broker never compacts the segment it writes to; at its default of 1 GiB a small table
would hardly ever be compacted, and restoring would read every version of every row."""


class Cleanup(StrEnum):
    """What the broker may remove."""

    KEEP = "keep"
    """Nothing: the topic is the truth, and its first event may be from 1996."""

    COMPACT = "compact"
    """All but the last record of each key, at any age: a changelog. Never by time or size: half a table would go."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its name, what its values are, and what the broker may remove of it.

    `partitions` of None means the one number of the settings, shared by all co-partitioned topics.
    """

    name: str
    record: type[Record]
    key: str
    doc: str
    cleanup: Cleanup = Cleanup.KEEP
    partitions: int | None = None
    max_record_bytes: int = MAX_RECORD_BYTES
    log_append_time: bool = False
    derived: bool = False
    """Whether agents make it of the events: each generation has one of its own (`topics.generation`)."""

    subject: str = ""
    """The registry's subject of the values; by default the name's, which every generation shares."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", self.subject or f"{self.name}-value")

    def config(self) -> dict[str, str]:
        """Return the topic's configuration on the broker, every value a string."""
        policy = {Cleanup.KEEP: "delete", Cleanup.COMPACT: "compact"}[self.cleanup]
        config = {
            "cleanup.policy": policy,
            "retention.ms": "-1",
            "retention.bytes": "-1",
            "max.message.bytes": str(self.max_record_bytes),
            "message.timestamp.type": "LogAppendTime" if self.log_append_time else "CreateTime",
        }
        if self.cleanup is Cleanup.COMPACT:
            config |= {"delete.retention.ms": str(TOMBSTONES_KEPT_MS), "segment.bytes": str(SEGMENT_BYTES)}
        return config
