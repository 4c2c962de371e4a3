"""Rows folded again from the log, each up to the very position that a decision read it at."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from agents.folds.sourced import Sourced
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.state.refold import Log
from agents.tables import Table
from schemas.records import Row
from topics.reader import read_whole

Rows = Mapping[bytes, Row]
"""Rows of one table by key."""


class Again:
    """What an agent makes of one owner's events; asked for rising positions it folds each event once."""

    def __init__(self, agent: Agent[Any], events: Iterable[Sourced[Any]]) -> None:
        """Take the owner's events as the agent took them, in any order."""
        self._agent = agent
        self._events: Final = sorted(events, key=lambda sourced: (sourced.partition, sourced.offset))
        self._rows: dict[tuple[str, bytes], Row] = {}
        self._done: set[tuple[int, int]] = set()

    def upto(self, applied: Mapping[str, int], table: Table[Any]) -> Rows:
        """Return the owner's rows of the table, folded up to the last offset of each source partition."""
        wanted = [event for event in self._events if event.offset <= applied.get(str(event.partition), -1)]
        places = {(event.partition, event.offset) for event in wanted}
        if not self._done <= places:  # an earlier position than before: from the beginning
            self._rows, self._done = {}, set()
        self._fold([event for event in wanted if (event.partition, event.offset) not in self._done])
        self._done = places
        return {key: row for (name, key), row in self._rows.items() if name == table.name}

    def _fold(self, events: Sequence[Sourced[Any]]) -> None:
        for _, run in groupby(events, key=lambda sourced: sourced.partition):
            own = list(run)
            work = Work(self._load, {sourced.offset: b"" for sourced in own})
            self._agent.fold(own, work)
            for table, key, row in work.changes():
                self._rows[table.name, key] = row

    def _load(self, table: Table[Any], key: bytes) -> Row:
        row: Row = self._rows.get((table.name, key), table.empty)
        return row


def collect(log: Log, agent: Agent[Any], owners: Collection[bytes]) -> Mapping[bytes, list[Sourced[Any]]]:
    """Return the events of these owners, by key, that the agent takes from the log; raise as reading does."""
    found: defaultdict[bytes, list[Sourced[Any]]] = defaultdict(list)
    refold = log.refold(agent)
    for batch in read_whole(log.reader, log.generation.name(agent.source)):
        wanted = [message for message in batch.records if message.key() in owners]
        for sourced in refold.take_in(wanted).events if wanted else ():
            found[agent.key_of(sourced.event)].append(sourced)
    return found
