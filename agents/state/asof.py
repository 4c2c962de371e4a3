"""A key's rows as they were: its events folded again, up to a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Message

from agents.errors import SourceLostError
from agents.state.refold import Log, Refold, Rows, maker_of
from agents.tables import Table
from schemas.records import Row
from schemas.tenancy import TenantKey, split_chunk_key
from topics.catalog import BEHAVIOR
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.reader import Batch
from topics.restore import Progress


@dataclass(frozen=True, slots=True)
class Past:
    """The rows of one key as they were, and the place in the log that they belong to."""

    until: Mapping[Partition, int]
    """First offset that is not in the rows, of every partition of the event topic that they may depend on."""

    rows: Mapping[str, Row]
    """By chunk, in order; the chunk of a table that has none is an empty text."""


def as_of(
    table: Table[Any],
    key: TenantKey,
    moment: int,
    log: Log,
    progress: Progress = lambda done, total: None,
) -> Past:
    """Return the key's rows as they were when the event topics had been written up to the moment.

    The moment is by the broker's clock, whose time event topics carry: when a worker folded an event does not matter.
    The key's partition is read from its beginning, and what other keys have in it is passed over.

    Items' behaviour is read where it lies by item: in what the behaviour agent accepted, up to the same places of the
    events themselves. That gives the same, since acceptance of a prefix is a prefix of acceptance: whether an event
    is accepted depends on those before it in its partition alone, and no later one takes it back. What workers have
    not passed on yet is not in it.

    Args:
        table: any.
        key: of the user or item.
        moment: milliseconds since 1970; what was written at it or later is not in the rows.
        log: of the generation whose accepted events are read.
        progress: told of offsets read and to be read.

    Raises:
        InvalidFieldError: the key is not valid.
        SourceLostError: the log does not begin at 0, so that the rows would lack events.
        RegistryUnavailableError, StalledError and the broker's errors as `LogReader.read`.
    """
    agent, source_key = maker_of(table), key.encode()
    partitions = log.partitions(agent.source)
    at = partitions[partition_of(source_key, len(partitions))]
    offsets = log.reader.offsets
    until = offsets.since(log.partitions(BEHAVIOR) if agent.travelled else [at], moment)
    end = offsets.end([at])[at] if agent.travelled else until[at]
    if (start := offsets.start([at])[at]) > 0:
        raise SourceLostError(
            f"{at.topic}/{at.number} begins at {start}: what lay before was deleted, and a row made of the rest is "
            "not what it was"
        )
    bounds = {place.number: offset for place, offset in until.items()}
    read = _told(log.reader.read({at: 0}, {at: end}), end, progress)
    rows = fold_key(log.refold(agent), source_key, read, bounds)
    chunks = {split_chunk_key(row_key)[1]: row for (name, row_key), row in sorted(rows.items()) if name == table.name}
    return Past(until, chunks)


def fold_key(refold: Refold, key: bytes, batches: Iterable[list[Message]], until: Mapping[int, int]) -> Rows:
    """Return the rows that an agent makes of the events of one key.

    Args:
        refold: the agent.
        key: of the records.
        batches: one partition's records, of all keys, in the order of the log.
        until: first offset that is not folded, by partition of the topic that an event stood in first.
    """
    rows: dict[tuple[str, bytes], Row] = {}

    def load(table: Table[Any], row_key: bytes) -> Row:
        row: Row = rows.get((table.name, row_key), table.empty)
        return row

    for batch in batches:
        intake = refold.take_in([message for message in batch if message.key() == key])
        before = [sourced for sourced in intake.events if sourced.offset < until.get(sourced.partition, 0)]
        rows.update(refold.fold(intake, before, load))
    return rows


def _told(batches: Iterable[Batch], end: int, progress: Progress) -> Iterable[list[Message]]:
    for batch in batches:
        yield batch.records
        progress(batch.position, end)
