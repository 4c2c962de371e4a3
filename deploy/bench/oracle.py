"""The oracle: the tables as one process folds them, without a log, a store, or another worker."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.folds.digest import digest
from agents.tables import Table
from deploy.bench.errors import WrongTablesError
from deploy.demo.tables import read_table
from deploy.replay.tables import FoldedTables
from schemas.loading import Codecs
from schemas.records import BehaviorEvent, Row
from topics.generation import FIRST, Generation
from topics.reader import LogReader

BEHAVIOR_TABLES: Final = BEHAVIOR_AGENT.tables
ALL_TABLES: Final = (*BEHAVIOR_AGENT.tables, *AUDIENCE_AGENT.tables)


class Oracle:
    """Rows of all tables that behaviour is folded into, by table and key."""

    def __init__(self, events: Iterable[BehaviorEvent]) -> None:
        """Fold the events. Where they stood in the log makes no difference to what the rows say."""
        self._tables = FoldedTables(events)

    def rows(self, table: Table[Any]) -> Mapping[bytes, Row]:
        """Return the rows of a table by key."""
        return self._tables.rows(table)

    def check(
        self, tables: Iterable[Table[Any]], reader: LogReader, codecs: Codecs, generation: Generation = FIRST
    ) -> None:
        """Compare the tables with what a generation's changelogs hold, row by row, by the digest of each. Blocks.

        Raises WrongTablesError, which names the tables that differ and how many of their rows.
        """
        wrong = {
            table.name: count for table in tables if (count := self._differing(table, reader, codecs, generation))
        }
        if wrong:
            told = ", ".join(f"{count} rows of {name}" for name, count in wrong.items())
            raise WrongTablesError(f"not what one process folds of the same events: {told}")

    def _differing(self, table: Table[Any], reader: LogReader, codecs: Codecs, generation: Generation) -> int:
        stored, _ = read_table(reader, generation.of(table.changelog))
        codec, expected = codecs.of(table.changelog), self.rows(table)
        return sum(
            key not in stored or key not in expected or digest(key, codec.decode(stored[key])) != digest(key, row)
            for key, row in {**dict.fromkeys(stored, table.empty), **expected}.items()
        )
