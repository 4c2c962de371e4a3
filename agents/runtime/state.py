"""The rows of one source partition: a local replica for each table, behind it the changelog."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeAlias, TypeVar

from agents.runtime.cache import RowCache
from agents.runtime.wholeness import check_changelog
from agents.tables import Table
from schemas.applied import is_behind
from schemas.codec import Codec
from schemas.records import Row
from topics.offsets import Partition
from topics.reader import LogReader
from topics.replica import Replica
from topics.restore import Accept, restore

R = TypeVar("R", bound=Row)

Written: TypeAlias = tuple[bytes, R, bytes]
"""A row's key, the row, and its bytes as they are in the changelog."""


class TableState(Generic[R]):
    """One table's rows of one partition. The replica holds what the changelog is known to hold, never more.

    Lately used rows are also kept decoded: decoding a row costs more than folding an event into it.
    """

    def __init__(self, table: Table[R], codec: Codec[R], replica: Replica, cache: RowCache) -> None:
        self.table = table
        self._codec = codec
        self._replica = replica
        self._cache = cache
        self._space = cache.space()
        self.overwritten: frozenset[bytes] = frozenset()
        """Keys whose last record in the changelog may be older than their row: a zombie wrote it."""

    @property
    def position(self) -> int:
        """Offset of the changelog up to which the rows are known to be those that it holds."""
        return self._replica.position

    def get(self, key: bytes) -> R:
        """Return the row of this key, the table's empty row if there is none."""
        row: R | None = self._cache.get((self._space, key))
        if row is None:
            stored = self._replica.get(key)
            row = self.table.empty if stored is None else self._codec.decode(stored)
        return row

    def encode(self, row: R) -> bytes:
        """Return the row as it stands in the changelog."""
        return self._codec.encode(row)

    def write(self, rows: Iterable[Written[R]], position: int) -> None:
        """Store the rows, which the changelog holds up to `position`, in one step with it."""
        rows = list(rows)
        self._replica.write(((key, encoded) for key, _, encoded in rows), position)
        for key, row, encoded in rows:
            self._cache.put((self._space, key), row, len(encoded))
        self.overwritten = frozenset()

    def stored(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield those of the keys that have a row, with it as it stands in the changelog."""
        for key in keys:
            if (row := self._replica.get(key)) is not None:
                yield key, row

    def catch_up(self, reader: LogReader, changelog: Partition, committed: int) -> int:
        """Read the changelog to its present end; return how many records that were; blocking.

        Sets `overwritten`. Raises TopicsError as `restore`, ChangelogLostError if the rows would not be all of the
        source's events before `committed`.
        """
        check_changelog(reader.offsets, changelog, self._replica, committed)
        restored = restore(self._replica, reader, changelog, accept=refuses_to_go_back(self._codec))
        self._space = self._cache.space()  # what it holds of these rows is no longer true
        self.overwritten = restored.refused
        return restored.records

    def close(self) -> None:
        """Close the replica, so that another process may open it."""
        self._replica.close()


def refuses_to_go_back(codec: Codec[Any]) -> Accept:
    """Return the test by which a replica takes a changelog record: never one that has folded less than what it has.

    A worker that was paused, lost its partition and woke up may have written such a record after its successor.
    """

    def accept(stored: bytes, offered: bytes | None) -> bool:
        if offered is None:
            return True
        return not is_behind(codec.decode(offered).applied, codec.decode(stored).applied)

    return accept
