"""Batch: consecutive records of one partition, the unit in which agents work. Knows nothing of Faust."""

from collections.abc import Sequence

from msgspec import Struct


class Record(Struct, gc=False):
    """One record of the log. As a dataclass, aiokafka's own costs five times as much to make."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since 1970."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Batch:
    """Consecutive records of one partition, as fetched.

    `confirmed` turns true when all that follows from them is in the log and in the local store. Only then does the
    consumer take an acknowledgement: Faust acknowledges an event also when its agent raised or when it skipped the
    event in a rebalance, and the next commit would pass records that nobody has folded.
    """

    __slots__ = ("confirmed", "first_offset", "last_offset", "partition", "records", "topic")

    def __init__(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        self.topic = topic
        self.partition = partition
        self.records = records
        self.first_offset = records[0].offset
        self.last_offset = records[-1].offset
        self.confirmed = False

    def take(self) -> Sequence[Record]:
        """Return the records, and keep them no longer: a batch lives until the broker has what follows from it."""
        records, self.records = self.records, ()
        return records

    def __repr__(self) -> str:
        return f"<Batch {self.topic}/{self.partition} {self.first_offset}..{self.last_offset}>"
