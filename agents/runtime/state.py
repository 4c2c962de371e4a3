"""The rows of one source partition: a local replica for each table, behind it the changelog."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from agents.tables import Table
from schemas.applied import is_behind
from schemas.codec import Codec
from schemas.records import Row
from topics.replica import Replica
from topics.restore import Accept

R = TypeVar("R", bound=Row)


class TableState(Generic[R]):
    """One table's rows of one partition. The replica holds what the changelog is known to hold, never more.

    Lately used rows are also kept decoded: decoding a row costs more than folding an event into it.
    """

    def __init__(self, table: Table[R], codec: Codec[R], replica: Replica, cached_rows: int) -> None:
        self.table = table
        self._codec = codec
        self._replica = replica
        self._cached_rows = cached_rows
        self._cache: dict[bytes, R] = {}

    def get(self, key: bytes) -> R:
        """Return the row of this key, the table's empty row if there is none."""
        row = self._cache.get(key)
        if row is None:
            stored = self._replica.get(key)
            row = self.table.empty if stored is None else self._codec.decode(stored)
        return row

    def encode(self, row: R) -> bytes:
        """Return the row as it stands in the changelog."""
        return self._codec.encode(row)

    def write(self, rows: Iterable[tuple[bytes, R, bytes]], position: int) -> None:
        """Store (key, row, encoded row), which the changelog holds up to `position`, in one step with it."""
        rows = list(rows)
        self._replica.write(((key, encoded) for key, _, encoded in rows), position)
        if len(self._cache) + len(rows) > self._cached_rows:
            self._cache.clear()
        self._cache.update((key, row) for key, row, _ in rows[: self._cached_rows])

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
