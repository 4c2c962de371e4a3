"""Tail: rows that have gone past the cut are brought to one place in the log before they are compared."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Message

from agents.folds.sourced import Sourced
from agents.grouping import by_key
from agents.runtime.intake import Intake
from agents.runtime.work import Load
from agents.state.refold import Refold
from agents.tables import Table
from agents.verify.comparison import Rows, applied
from schemas.applied import NOTHING
from schemas.records import Row
from schemas.tenancy import split_chunk_key


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two generations, in one partition."""

    load: Load
    """Its rows as they are stored: a fold may need others than the one that is compared."""

    read: Callable[[], Iterable[Sequence[Message]]]
    """Reads what its rows may lack, in the order of the log. It may read more: rows know what they hold."""


def bring_forward(
    refold: Refold, table: Table[Any], suspects: Sequence[Rows], cut: Mapping[int, int], built: Side, live: Side
) -> list[Rows]:
    """Return the suspects as they are when both rows of each have folded all that either of them has.

    What one row has beyond the other is folded onto the other by the agent itself, so two tables can be compared
    although both go on being written. It is one pass over the log for all suspects of a side, none where no row of
    it lacks anything.

    Args:
        refold: the agent that makes the table.
        table: whose rows the suspects are.
        suspects: pairs of rows.
        cut: as for `Rows.reached`.
        built: the generation of each pair's first row.
        live: that of the second.
    """
    ours = [_Behind(table, rows.key, rows.built, rows.reached(cut), built.load) for rows in suspects]
    theirs = [_Behind(table, rows.key, rows.live, rows.reached(cut), live.load) for rows in suspects]
    _fold(refold, ours, built)
    _fold(refold, theirs, live)
    return [Rows(one.key, one.now, other.now) for one, other in zip(ours, theirs, strict=True)]


@dataclass(slots=True)
class _Behind:
    """A row that may lack events."""

    table: Table[Any]
    key: bytes
    row: Row | None
    reached: Mapping[int, int]
    stored: Load
    _rows: dict[tuple[str, bytes], Row] = field(default_factory=dict)
    """What became of this row, and of those that its fold needs."""

    @property
    def now(self) -> Row | None:
        return self._rows.get((self.table.name, self.key), self.row)

    @property
    def lacks_something(self) -> bool:
        return any(applied(self.row, number) < offset for number, offset in self.reached.items())

    def fold(self, refold: Refold, intake: Intake, events: Sequence[Sourced[Any]]) -> None:
        due = [sourced for sourced in events if sourced.offset <= self.reached.get(sourced.partition, NOTHING)]
        self._rows.update(refold.fold(intake, due, self._load))

    def _load(self, table: Table[Any], key: bytes) -> Row:
        return self._rows.get((table.name, key)) or self.stored(table, key)


def _fold(refold: Refold, rows: Iterable[_Behind], side: Side) -> None:
    by_source: defaultdict[bytes, list[_Behind]] = defaultdict(list)
    for row in rows:
        if row.lacks_something:
            by_source[split_chunk_key(row.key)[0]].append(row)
    if not by_source:
        return
    for batch in side.read():
        intake = refold.take_in([message for message in batch if message.key() in by_source])
        for key, events in by_key(intake.events, refold.agent.key_of).items():
            for row in by_source[key]:
                row.fold(refold, intake, events)
