"""One key's rows, read from the changelog: what a replica of it would answer."""

from dataclasses import dataclass, field
from typing import TypeVar

from agents.runtime.state import refuses_to_go_back
from agents.tables import Table
from schemas.codec import Codec
from schemas.records import Row
from schemas.tenancy import TenantKey, chunk_prefix, split_chunk_key
from topics.generation import FIRST, Generation
from topics.partitioning import partition_of
from topics.reader import LogReader

R = TypeVar("R", bound=Row)


@dataclass(slots=True)
class Found:
    """The rows of one key, and the position of the changelog that they belong to."""

    partition: int
    position: int
    """Next offset of the changelog's partition."""

    rows: dict[str, Row] = field(default_factory=dict)
    """By chunk, in order; the chunk of a table that has none is an empty text."""


def find_rows(
    table: Table[R], key: TenantKey, reader: LogReader, codec: Codec[R], generation: Generation = FIRST
) -> Found:
    """Read the partition of the key to its present end and return the key's rows, all chunks of a chunked table.

    Every row lives in the partition of its source key, so that one alone is read; nothing indexes it by key.

    Raises InvalidFieldError if the key is not valid; UnknownSchemaError, UndecodableError if a row is none;
    StalledError and the broker's errors as `LogReader.read`.
    """
    source_key = key.encode()
    chunks = chunk_prefix(source_key)
    partitions = reader.offsets.partitions(generation.name(table.changelog))
    at = partitions[partition_of(source_key, len(partitions))]
    start, end = reader.offsets.start([at]), reader.offsets.end([at])
    accept = refuses_to_go_back(codec)
    stored: dict[bytes, bytes] = {}
    for batch in reader.read(start, end):
        for record in batch.records:
            row_key, value = record.key() or b"", record.value()
            if row_key != source_key and not row_key.startswith(chunks):
                continue
            if value is None:
                stored.pop(row_key, None)
            elif row_key not in stored or accept(stored[row_key], value):
                stored[row_key] = value
    rows = {split_chunk_key(row_key)[1]: codec.decode(stored[row_key]) for row_key in sorted(stored)}
    return Found(at.number, end[at], dict(rows))
