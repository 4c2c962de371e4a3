"""Read partitions of the log from given offsets: up to an end, or for ever."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from threading import Event
from typing import Final, NamedTuple

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from topics.broker import error_for
from topics.errors import OffsetLostError, StalledError
from topics.offsets import LogOffsets, Partition
from topics.settings import KafkaSettings

_LOG = logging.getLogger(__name__)

PATIENCE_S: Final = 30.0
"""How long a bounded read waits for the next record before it gives up."""

_BATCH: Final = 10_000
_POLL_S: Final = 0.1

_CONFIG: Final = {
    "group.id": "tideline-reader",  # the client wants a name; partitions are assigned, so no group ever forms
    "auto.offset.reset": "error",  # anything else would skip or repeat records without a word
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,  # the only sign of the end where compaction has removed the last records
    "fetch.wait.max.ms": 100,  # how late that sign may come; a record that arrives is sent at once
    "fetch.queue.backoff.ms": 5,  # the default pauses a full second whenever the queue was full
    "queued.min.messages": 100_000,
    "queued.max.messages.kbytes": 32 << 10,
    "fetch.message.max.bytes": 4 << 20,
}


class Batch(NamedTuple):
    """Records of one partition in the order of the log; none where only its end was met."""

    partition: Partition
    records: list[Message]
    position: int
    """Next offset to read: at the end of a compacted log more than the last record's offset + 1."""


class LogReader:
    """Reads the log without a consumer group. Threads may share it: each read has a client of its own."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._config = {**settings.client_config(), **_CONFIG}
        self.offsets: Final = LogOffsets(settings)

    def read(
        self,
        start: Mapping[Partition, int],
        until: Mapping[Partition, int] | None = None,
        *,
        stop: Event | None = None,
        patience_s: float = PATIENCE_S,
    ) -> Iterator[Batch]:
        """Yield the records of the partitions from `start`, batch by batch, without delay.

        Args:
            start: first offset to read of each partition.
            until: offset at which each partition is done; by default the read never ends, and each time it meets
                the end of a partition it yields a batch without records.
            stop: ends the read within a tenth of a second when set.
            patience_s: a bounded read gives up after so many seconds in which nothing arrives.

        Raises:
            OffsetLostError: the log does not hold an offset that is to be read.
            StalledError: nothing arrived for `patience_s`.
            MissingTopicError, BrokerRefusedError: as they say.
        """
        left = {at: until[at] for at in start if start[at] < until[at]} if until is not None else None
        if left is not None and not left:
            return
        consumer = Consumer(self._config)
        try:
            consumer.assign([TopicPartition(*at, start[at]) for at in (start if left is None else left)])
            heard = time.monotonic()
            while left is None or left:
                if stop is not None and stop.is_set():
                    return
                first = consumer.poll(_POLL_S)
                if first is None:
                    if left and time.monotonic() - heard > patience_s:
                        raise StalledError(
                            f"nothing arrived for {patience_s:g} s, though {_told(left)} is still to come"
                        )
                    continue
                heard = time.monotonic()
                # One blocking poll, then what is queued: a `consume` with a timeout would wait for a full batch.
                for batch in _by_partition([first, *consumer.consume(_BATCH, 0)]):
                    if left is None:
                        yield batch
                    elif batch.partition in left:
                        bounded = _cut(batch, left[batch.partition])
                        if bounded.position == left[batch.partition]:
                            del left[batch.partition]
                            consumer.incremental_unassign([TopicPartition(*batch.partition)])
                        yield bounded
        finally:
            consumer.close()


def read_whole(reader: LogReader, topic: str) -> Iterator[Batch]:
    """Yield the topic's records as far as it goes now; raise what `LogReader.read` raises."""
    partitions = reader.offsets.partitions(topic)
    yield from reader.read(reader.offsets.start(partitions), reader.offsets.end(partitions))


def _by_partition(messages: list[Message]) -> Iterator[Batch]:
    records: defaultdict[tuple[str | None, int | None], list[Message]] = defaultdict(list)
    ends: dict[Partition, int] = {}
    for message in messages:
        error = message.error()
        if error is None:
            records[message.topic(), message.partition()].append(message)
            continue
        at = Partition(message.topic() or "", message.partition() or 0)
        if error.code() == KafkaError._PARTITION_EOF:
            ends[at] = message.offset()
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:
            raise OffsetLostError(f"{at.topic}/{at.number} has no offset {message.offset()} (any more): {error.str()}")
        elif error.retriable():
            _LOG.warning("reading %s/%d: %s; trying again", at.topic, at.number, error.str())
        else:
            raise error_for(error, f"read {at.topic}/{at.number}")
    for (topic, number), found in records.items():
        at = Partition(topic or "", number or 0)
        # The end that was met may lie before what came after it, or beyond records that compaction has removed.
        yield Batch(at, found, max(ends.pop(at, 0), (found[-1].offset() or 0) + 1))
    for at, end in ends.items():
        yield Batch(at, [], end)


def _cut(batch: Batch, until: int) -> Batch:
    """Return the batch without what lies at `until` or beyond."""
    if batch.position < until:
        return batch
    records = batch.records
    if records and records[-1].offset() >= until:
        records = [record for record in records if record.offset() < until]
    return Batch(batch.partition, records, until)


def _told(left: Mapping[Partition, int]) -> str:
    return ", ".join(f"{at.topic}/{at.number} to {until}" for at, until in left.items())
