"""Replica: the rows of one changelog partition on local disk."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shutil import rmtree
from struct import Struct
from typing import Final, NamedTuple, Self

from rocksdict import DbClosedError, Rdict, WriteBatch

from topics.budget import StoreBudget
from topics.errors import StoreError
from topics.moments import now_ms

_LOG = logging.getLogger(__name__)

_MARK_KEY: Final = b"\x00position"
"""Where the position is kept. A row's key begins with its tenant's first letter or digit, so never with NUL."""

_MARK: Final = Struct(">qq")

_DAMAGE: Final = ("Corruption", "No such file or directory")
"""What RocksDB says of a folder whose files are cut short or missing."""

_HELD: Final = ("lock file", "lock hold")
"""What RocksDB says where another process, or another place of this one, has the folder open."""

_FULL: Final = ("No space left on device", "Disk quota exceeded", "File too large")
"""What RocksDB says where a write does not fit on the disk."""


class Mark(NamedTuple):
    """How far a replica is, stored in the batch of the rows that brought it there."""

    position: int = 0
    """Next offset of the changelog to read."""

    written_at: int = 0
    """When that was stored, milliseconds since 1970; 0 for an empty replica."""

    source: str = ""
    """The broker's id of the topic that the rows came from; a topic made anew under the same name has another."""


class Replica:
    """One changelog partition's rows, key to value, as the raw bytes of the changelog.

    A copy, never the truth: rows and position are written in one batch, so after a crash the rows are those of the
    position, and what follows comes from the changelog again. Nothing is synced to disk for that reason. One process
    at a time opens a replica; its threads may share it.
    """

    def __init__(self, path: Path, budget: StoreBudget) -> None:
        """Use `Replica.open`."""
        self._path = path
        self._options = budget.options()
        self._db = self._opened()
        self._mark = self._stored_mark()

    @classmethod
    def open(cls, path: Path, budget: StoreBudget) -> Self:
        """Open the replica in folder `path`, making it if it is not there; a damaged one starts again, empty.

        Raises StoreError if another process holds it or the disk does not do its part.
        """
        try:
            return cls(path, budget)
        except StoreError as error:
            if not any(sign in str(error.__cause__) for sign in _DAMAGE):
                raise
            _LOG.warning("replica %s is damaged and starts again from its changelog: %s", path, error)
            rmtree(path)
            return cls(path, budget)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The folder that holds the rows."""
        return self._path

    @property
    def mark(self) -> Mark:
        """How far the replica is, since when, and of which topic."""
        return self._mark

    @property
    def position(self) -> int:
        """Next offset of the changelog to read."""
        return self._mark.position

    def get(self, key: bytes) -> bytes | None:
        """Return the row of `key`, or None."""
        try:
            value: bytes | None = self._db.get(key)
        except Exception as error:
            raise self._failed("read", error) from error
        return value

    def multi_get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the row of each key, or None, in the order of `keys`."""
        try:
            values: list[bytes | None] = self._db.get(list(keys))
        except Exception as error:
            raise self._failed("read", error) from error
        return values

    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return (key, row) of every key that begins with `prefix`, by key; of `chunk_prefix(key)`: its chunks."""
        found: list[tuple[bytes, bytes]] = []
        try:
            for key, value in self._db.items(from_key=prefix):
                if not key.startswith(prefix):
                    break
                found.append((key, value))
        except Exception as error:
            raise self._failed("read", error) from error
        return found

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, row) of all rows by key, as they are when this begins; the folder stays locked until it ends."""
        for key, value in self._db.items():
            if key != _MARK_KEY:
                yield key, value

    def write(self, rows: Iterable[tuple[bytes, bytes | None]], position: int) -> None:
        """Store the rows, None deleting one, and the position, all or nothing.

        Args:
            rows: (key, row or None); of two with one key the later one stays.
            position: next offset of the changelog to read, at least the present one.

        Raises:
            StoreError: the disk is full or fails, or the position would go back; nothing was stored.
        """
        if position < self.position:
            raise StoreError(f"replica {self._path} is at {self.position} and cannot go back to {position}; wipe it")
        self._store(rows, Mark(position, now_ms(), self._mark.source))

    def wipe(self, source: str = "") -> None:
        """Delete all rows and start again at position 0, as a copy of the topic with the broker's id `source`."""
        self.close()
        rmtree(self._path)
        self._db = self._opened()
        self._store((), Mark(source=source))

    def close(self) -> None:
        """Release the folder; reads and writes fail from now on. Closing twice is harmless.

        A full disk fails here as well, after the write that told of it. That one counts: what the copy lacks then
        comes from the changelog again.
        """
        try:
            self._db.close()
        except DbClosedError:
            return
        except Exception as error:  # the library raises no narrower one
            _LOG.warning("%s", self._failed("closed", error))

    def _store(self, rows: Iterable[tuple[bytes, bytes | None]], mark: Mark) -> None:
        batch = WriteBatch(raw_mode=True)
        for key, value in rows:
            if value is None:
                batch.delete(key)
            else:
                batch[key] = value
        batch[_MARK_KEY] = _MARK.pack(mark.position, mark.written_at) + mark.source.encode()
        try:
            self._db.write(batch)
        except Exception as error:
            raise self._failed("written", error) from error
        self._mark = mark

    def _opened(self) -> Rdict:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return Rdict(str(self._path), self._options)
        except Exception as error:
            raise self._failed("opened", error) from error

    def _stored_mark(self) -> Mark:
        stored = self.get(_MARK_KEY)
        if stored is None:
            return Mark()
        position, written_at = _MARK.unpack_from(stored)
        return Mark(position, written_at, stored[_MARK.size :].decode())

    def _failed(self, done: str, error: Exception) -> StoreError:
        told = str(error)
        if any(sign in told for sign in _HELD):
            hint = "; another process holds it"
        elif any(sign in told for sign in _FULL):
            hint = "; make room on its disk, then it goes on where it was"
        else:
            hint = ""
        return StoreError(f"replica {self._path} could not be {done}{hint}: {told}")
