"""A log in memory that a LogReader reads, for tests of what reads whole topics."""

from collections.abc import Iterator, Mapping
from unittest.mock import create_autospec

from confluent_kafka import Message

from topics.offsets import LogOffsets, Partition
from topics.reader import Batch, LogReader

Log = dict[Partition, list[tuple[bytes | None, bytes | None]]]
"""Key and value of each record, from offset 0."""


def message(key: bytes | None, value: bytes | None, offset: int) -> Message:
    """Return a record as the client gives it."""
    record = create_autospec(Message, instance=True)
    record.key.return_value, record.value.return_value, record.offset.return_value = key, value, offset
    return record


def reader_of(log: Log, partitions: int = 1) -> LogReader:
    """Return a reader of this log; a partition that is not in it is empty."""
    records = {at: [message(key, value, offset) for offset, (key, value) in enumerate(log[at])] for at in log}

    def read(start: Mapping[Partition, int], until: Mapping[Partition, int], **_: object) -> Iterator[Batch]:
        for at in start:
            yield Batch(at, records.get(at, [])[start[at] : until[at]], until[at])

    offsets = create_autospec(LogOffsets, instance=True)
    offsets.partitions.side_effect = lambda topic: [Partition(topic, number) for number in range(partitions)]
    offsets.topic_id.side_effect = lambda topic: f"id of {topic}"
    offsets.start.side_effect = lambda asked: dict.fromkeys(asked, 0)
    offsets.end.side_effect = lambda asked: {at: len(log.get(at, [])) for at in asked}
    reader = create_autospec(LogReader, instance=True, offsets=offsets)
    reader.read.side_effect = read
    return reader  # type: ignore[no-any-return]
