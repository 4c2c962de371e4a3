"""Digests of whole tables, with the positions of the changelog that they belong to."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from agents.folds.digest import combine, digest
from agents.runtime.state import refuses_to_go_back
from schemas.codec import Codec
from topics.budget import StoreBudget
from topics.offsets import Partition
from topics.reader import LogReader
from topics.replica import Replica
from topics.restore import Progress, restore


class PartitionHash(NamedTuple):
    """The digest of all rows of a table's partition at a position."""

    partition: int
    position: int
    """Next offset of the changelog: the digest is of what stands before it."""

    rows: int
    digest: int
    """0 to 2**128 - 1; 0 for no rows."""

    whole: bool
    """False if the changelog does not begin at 0: records were deleted, and rows may be missing."""


def hash_partition(at: Partition, reader: LogReader, codec: Codec[Any], progress: Progress) -> PartitionHash:
    """Restore the changelog's partition into a replica in a temporary folder and return the digest of its rows.

    By the very way that a worker restores it, so what a worker would refuse is refused here too; and on disk, so that
    a table may be larger than memory. Raises what `topics.restore.restore` raises, and UndecodableError.
    """
    with (
        TemporaryDirectory(prefix="tideline-hash-") as folder,
        Replica.open(Path(folder) / "rows", StoreBudget()) as replica,
    ):
        restored = restore(replica, reader, at, progress=progress, accept=refuses_to_go_back(codec))
        rows = found = 0
        for key, value in replica.items():
            found = combine((found, digest(key, codec.decode(value))))
            rows += 1
    return PartitionHash(at.number, restored.position, rows, found, restored.log_start == 0)


def whole_table(partitions: Iterable[PartitionHash]) -> int:
    """Return the digest of the table: it does not depend on how its rows are spread over partitions."""
    return combine(partition.digest for partition in partitions)


def written(value: int) -> str:
    """Return a digest as 32 hexadecimal digits."""
    return f"{value:032x}"
