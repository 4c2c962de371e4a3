"""Tables as one process folds them, without a log, a store, or another worker."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.catalogue import CATALOGUE_AGENT
from agents.folds.sourced import Sourced
from agents.profiles import PROFILES_AGENT
from agents.runtime.agent import Agent
from agents.runtime.work import Emission, Work
from agents.tables import TABLES, Table
from schemas.hashing import id_hash
from schemas.records import BehaviorEvent, ItemChange, Row, UserChange
from schemas.validation import Event

_AGENTS: Final[Mapping[type[Event], Agent[Any]]] = {
    BehaviorEvent: BEHAVIOR_AGENT,
    ItemChange: CATALOGUE_AGENT,
    UserChange: PROFILES_AGENT,
}
_BATCH: Final = 5_000


class FoldedTables:
    """Rows of all tables, by table and key; what events they come of makes them, not where those stood in a log."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        """Fold the events into empty tables."""
        self._rows: dict[str, dict[bytes, Row]] = {table.name: {} for table in TABLES}
        self._offset = 0
        self.fold(events)

    def fold(self, events: Iterable[Event]) -> None:
        """Fold more events, of any kind and in any order."""
        source = iter(events)
        while batch := list(islice(source, _BATCH)):
            for kind, agent in _AGENTS.items():
                if of_kind := [event for event in batch if type(event) is kind]:
                    self._fold(agent, of_kind)

    def rows(self, table: Table[Any]) -> Mapping[bytes, Row]:
        """Return the rows of a table by key."""
        return self._rows[table.name]

    def _fold(self, agent: Agent[Any], events: list[Any]) -> None:
        """Fold events of an agent's source as the next ones of its only partition, and what travels on of them."""
        first, self._offset = self._offset, self._offset + len(events)
        sourced = [Sourced(each, 0, first + at, id_hash(each.event_id)) for at, each in enumerate(events)]
        emissions = self._run(agent, sourced)
        if emissions:
            self._run(AUDIENCE_AGENT, [sourced[emission.origin.offset - first] for emission in emissions])

    def _run(self, agent: Agent[Any], sourced: list[Sourced[Any]]) -> list[Emission]:
        work = Work(self._load, {each.offset: b"" for each in sourced})
        agent.fold(sourced, work)
        for table, key, row in work.changes():
            self._rows[table.name][key] = row
        return work.emissions

    def _load(self, table: Table[Any], key: bytes) -> Row:
        row: Row = self._rows[table.name].get(key, table.empty)
        return row
