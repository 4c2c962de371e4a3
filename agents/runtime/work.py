"""Work: what one batch does to the world, gathered in memory before any of it leaves the process."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec import Struct

from agents.tables import Table
from schemas.records import DeadLetter, Row
from topics.headers import Origin
from topics.topic import Topic

R = TypeVar("R", bound=Row)

Load = Callable[[Table[Any], bytes], Row]
"""Gives a row as it is stored; the table's empty row where there is none."""


class Emission(Struct, frozen=True, gc=False):
    """A record that travels on to another topic, its bytes unchanged."""

    topic: Topic
    key: bytes
    value: bytes
    origin: Origin


@dataclass(slots=True)
class Work:
    """Rows, emissions and dead letters of one batch.

    Each row is loaded at most once and leaves at most once, however many events of the batch concern it. Nothing
    here touches the log or the store, so a batch that fails half-way leaves no trace.
    """

    load: Load
    payloads: Mapping[int, bytes]
    """The bytes of the batch's events, by offset."""

    emissions: list[Emission] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    _rows: dict[tuple[str, bytes], Row] = field(default_factory=dict)
    _changed: dict[tuple[str, bytes], Table[Any]] = field(default_factory=dict)

    def get(self, table: Table[R], key: bytes) -> R:
        """Return the row as this batch has left it so far."""
        place = (table.name, key)
        row = self._rows.get(place)
        if row is None:
            row = self._rows[place] = self.load(table, key)
        return row  # type: ignore[return-value]  # a table's place holds its rows only

    def put(self, table: Table[R], key: bytes, row: R) -> None:
        """Set the row. Folds return the row that they were given where nothing changed; it is not written then."""
        place = (table.name, key)
        if self._rows.get(place) is not row:
            self._rows[place] = row
            self._changed[place] = table

    def forward(self, topic: Topic, key: bytes, origin: Origin) -> None:
        """Send the event with this origin on to a topic, its bytes unchanged, when the batch is published.

        Forward in the order of the offsets: the next fold takes an origin at or below one that it has seen for a
        redelivery, so an event that came too late would be skipped for ever.
        """
        self.emissions.append(Emission(topic, key, self.payloads[origin.offset], origin))

    def reject(self, letter: DeadLetter) -> None:
        """Send a record to its dead-letter topic when the batch is published."""
        self.letters.append(letter)

    def changes(self) -> Iterator[tuple[Table[Any], bytes, Row]]:
        """Yield (table, key, row) for every row that is to be written."""
        for place, table in self._changed.items():
            yield table, place[1], self._rows[place]
