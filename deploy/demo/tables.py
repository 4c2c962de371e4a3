"""The tables as their changelogs hold them: read to the end, the last record of a key being its row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.codec import Codec
from schemas.records import UserActivity
from topics.catalog import SOURCES, dead_letters
from topics.reader import LogReader
from topics.topic import Topic

Rows = Mapping[bytes, bytes]
"""Encoded rows by key."""


@dataclass(frozen=True, slots=True)
class TableSize:
    """What a table holds, and what its changelog has taken for it."""

    topic: str
    rows: int
    bytes: int
    """Of keys and values of the rows."""

    records: int
    """Offsets of the changelog: rows, and what compaction has not removed yet."""


def read_table(reader: LogReader, changelog: Topic) -> tuple[Rows, TableSize]:
    """Return the rows of a table and their size, as of now. Blocks while it reads.

    Raises StalledError or another TopicsError where the changelog cannot be read.
    """
    partitions = reader.offsets.partitions(changelog.name)
    end = reader.offsets.end(partitions)
    rows: dict[bytes, bytes] = {}
    for batch in reader.read(reader.offsets.start(partitions), end):
        for record in batch.records:
            if record.value() is None:
                rows.pop(record.key(), None)
            else:
                rows[record.key()] = record.value()
    held = sum(len(key) + len(row) for key, row in rows.items())
    return rows, TableSize(changelog.name, len(rows), held, sum(end.values()))


def folded_actions(rows: Rows, codec: Codec[UserActivity]) -> Counter[str]:
    """Return how many events of each action the rows of `user_activity` count, over all users."""
    totals: Counter[str] = Counter()
    for row in rows.values():
        totals.update(codec.decode(row).totals)
    return totals


def dead_letter_count(reader: LogReader) -> int:
    """Return the number of dead letters of all topics. Blocks while it asks."""
    partitions = [at for topic in SOURCES for at in reader.offsets.partitions(dead_letters(topic).name)]
    start, end = reader.offsets.start(partitions), reader.offsets.end(partitions)
    return sum(end[at] - start[at] for at in partitions)
