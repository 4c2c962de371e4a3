"""The records of a bulk read, as a processor takes them: in large batches."""

from collections.abc import Iterable, Iterator
from typing import Final

from confluent_kafka import Message

from agents.runtime.batch import Record
from topics.reader import Batch

MOST_RECORDS: Final = 12_000
"""Records of a batch at most, and those of one read more. A row is written once a batch, however many of its events
the batch holds, so a larger one writes fewer rows; but one that outgrows the processor's caches takes twice the time:
32,000 events a second with 12,000, 21,000 with 6,000, 16,000 with 40,000."""

MOST_BYTES: Final = 48 << 20
"""Bytes of a batch's values at most, and those of one read more, where events are large."""


def record_of(message: Message) -> Record:
    """Return what the client gives as a record."""
    _, timestamp = message.timestamp()
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        timestamp,
        message.key(),
        message.value(),
        message.headers() or (),
    )


def gathered(
    batches: Iterable[Batch], most_records: int = MOST_RECORDS, most_bytes: int = MOST_BYTES
) -> Iterator[Batch]:
    """Yield the same records of one partition in fewer batches, each with the position that it ends at."""
    held: list[Message] = []
    size = 0
    last: Batch | None = None
    for last in batches:
        held += last.records
        size += sum(map(len, last.records))
        if len(held) >= most_records or size >= most_bytes:
            yield Batch(last.partition, held, last.position)
            held, size, last = [], 0, None
    if last is not None:
        yield Batch(last.partition, held, last.position)
