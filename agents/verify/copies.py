"""Copies: one generation's rows of one partition, on disk for as long as they are compared."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Message

from agents.runtime.agent import Agent
from agents.runtime.state import refuses_to_go_back
from agents.state.refold import Log
from agents.tables import Table
from agents.verify.cut import Tell
from schemas.records import Row
from topics.budget import StoreBudget
from topics.offsets import Partition
from topics.replica import Replica
from topics.restore import restore


class Copies:
    """Makes a copy of a table when it is first asked for: as a worker would restore it, in a folder of its own."""

    def __init__(self, log: Log, partition: int, folder: Path, budget: StoreBudget, tell: Tell) -> None:
        self._log = log
        self._partition = partition
        self._folder = folder
        self._budget = budget
        self._tell = tell
        self._replicas: dict[str, Replica] = {}

    def of(self, table: Table[Any]) -> Replica:
        """Return the table's partition as it was when it was first asked for."""
        if (replica := self._replicas.get(table.name)) is None:
            replica = self._replicas[table.name] = Replica.open(self._folder / table.name, self._budget)
            at = Partition(self._log.generation.name(table.changelog), self._partition)
            codec = self._log.codecs.of(table.changelog)

            def tell(done: int, total: int) -> None:
                self._tell(f"reading {at.topic}/{at.number}", done, total)

            restore(replica, self._log.reader, at, progress=tell, accept=refuses_to_go_back(codec))
        return replica

    def load(self, table: Table[Any], key: bytes) -> Row:
        """Return a row, the table's empty one where there is none."""
        stored = self.of(table).get(key)
        row: Row = table.empty if stored is None else self._log.codecs.of(table.changelog).decode(stored)
        return row

    def close(self) -> None:
        """Close all copies."""
        for replica in self._replicas.values():
            replica.close()


def tail(
    log: Log, agent: Agent[Any], partition: int, begin: Callable[[Partition], int]
) -> Iterator[Sequence[Message]]:
    """Yield the records of an agent's source partition from `begin` to the present end."""
    at = Partition(log.generation.name(agent.source), partition)
    for batch in log.reader.read({at: begin(at)}, log.reader.offsets.end([at])):
        yield batch.records
