"""Copying: the rows of one table's partition from a live generation's changelog into another's."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from agents.errors import ChangelogLostError
from agents.runtime.kit import Kit
from agents.runtime.state import refuses_to_go_back
from agents.tables import Table
from topics.generation import Generation
from topics.offsets import Partition
from topics.replica import Replica
from topics.restore import restore

_BATCH: Final = 5_000

Row = tuple[bytes, bytes]


def copy_rows(kit: Kit, table: Table[Any], partition: int, live: Generation, advance: Callable[[int], None]) -> None:
    """Write every row that the live changelog gives a replica now; return when the broker has confirmed all.

    Through a replica, by the very way that a worker restores: what it would refuse, a zombie's older rows, is not
    copied, and a row is written once, as it stands at the end.

    Args:
        kit: of the generation that is made.
        table: whose rows.
        partition: of the changelog, the same in both.
        live: the generation that they are copied from.
        advance: told how many rows more are on their way.

    Raises:
        ChangelogLostError: the live changelog does not hold all rows.
        DeliveryError: a row was not confirmed.
        TopicsError: as `topics.restore.restore` says.
    """
    source = Partition(live.name(table.changelog), partition)
    accept = refuses_to_go_back(kit.codecs.of(table.changelog))
    with (
        TemporaryDirectory(prefix="tideline-copy-") as folder,
        Replica.open(Path(folder) / "rows", kit.budget) as replica,
    ):
        restored = restore(replica, kit.reader, source, accept=accept)
        if restored.log_start > 0:
            raise ChangelogLostError(
                f"{source.topic}/{partition} begins at {restored.log_start}: what lay before was deleted, so rows may "
                "be missing. Build the tables from the events: `tideline rebuild` without --from-changelog"
            )
        sent = []
        for rows in _batches(replica.items()):
            sent.append(kit.producer.send_rows(kit.generation.name(table.changelog), partition, rows))
            advance(len(rows))
        for last in sent:
            last.result()


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
