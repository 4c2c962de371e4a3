"""What agents have in common: events by the key of their row, and one fold a row."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from agents.folds.sourced import Sourced
from agents.runtime.work import Work
from agents.tables import Table
from schemas.records import Record, Row

E = TypeVar("E", bound=Record)
R = TypeVar("R", bound=Row)
K = TypeVar("K", bytes, str, int)


def by_key(events: Sequence[Sourced[E]], key_of: Callable[[E], K]) -> Mapping[K, Sequence[Sourced[E]]]:
    """Return the events by key, those of a key in their order."""
    groups: defaultdict[K, list[Sourced[E]]] = defaultdict(list)
    for sourced in events:
        groups[key_of(sourced.event)].append(sourced)
    return groups


def fold_rows(
    work: Work,
    table: Table[R],
    groups: Mapping[bytes, Sequence[Sourced[E]]],
    fold: Callable[[R, Sequence[Sourced[E]]], R],
) -> None:
    """Fold each group into the table's row of its key."""
    for key, events in groups.items():
        work.put(table, key, fold(work.get(table, key), events))
