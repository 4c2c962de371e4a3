"""A log in memory that a LogReader reads, for tests of what reads whole topics."""

from collections.abc import Iterator, Mapping, Sequence
from unittest.mock import create_autospec

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Message

from topics.offsets import LogOffsets, Partition
from topics.reader import Batch, LogReader

Log = dict[Partition, list[tuple[bytes | None, bytes | None]]]
"""Key and value of each record, from offset 0."""


def message(
    at: Partition,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    *,
    timestamp: int = 0,
    headers: list[tuple[str, bytes]] | None = None,
) -> Message:
    """Return a record as the client gives it."""
    return Message(
        topic=at.topic,
        partition=at.number,
        offset=offset,
        key=key,
        value=value,
        timestamp=(TIMESTAMP_LOG_APPEND_TIME, timestamp),
        headers=headers,
    )


def reader_of(log: Log, partitions: int = 1) -> LogReader:
    """Return a reader of this log; a partition that is not in it is empty."""
    records = {at: [message(at, offset, *record) for offset, record in enumerate(log[at])] for at in log}
    return reader_over(records, partitions)


def reader_over(records: Mapping[Partition, Sequence[Message]], partitions: int = 1) -> LogReader:
    """Return a reader of these records, whose offsets begin at 0 and have no gaps."""

    def read(start: Mapping[Partition, int], until: Mapping[Partition, int], **_: object) -> Iterator[Batch]:
        for at in start:
            if start[at] < until[at]:
                yield Batch(at, list(records.get(at, ()))[start[at] : until[at]], until[at])

    def since(asked: Sequence[Partition], moment: int) -> dict[Partition, int]:
        return {at: sum(record.timestamp()[1] < moment for record in records.get(at, ())) for at in asked}

    offsets = create_autospec(LogOffsets, instance=True)
    offsets.partitions.side_effect = lambda topic: [Partition(topic, number) for number in range(partitions)]
    offsets.topic_id.side_effect = lambda topic: f"id of {topic}"
    offsets.start.side_effect = lambda asked: dict.fromkeys(asked, 0)
    offsets.end.side_effect = lambda asked: {at: len(records.get(at, ())) for at in asked}
    offsets.since.side_effect = since
    reader = create_autospec(LogReader, instance=True, offsets=offsets)
    reader.read.side_effect = read
    return reader  # type: ignore[no-any-return]
