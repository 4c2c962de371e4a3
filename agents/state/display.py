"""Rows on a terminal: times as times, actions by name, hashes in hexadecimal."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from agents.folds.durations import DAY, FIVE_MINUTES, HOUR
from agents.state.columns import unpack, unpack_differing
from schemas.packing import PACKED
from schemas.records import ACTIONS, Row
from topics.moments import show_moment

_BUCKETS: Final = {"UserActivity.buckets": FIVE_MINUTES, "ItemStats.hours": HOUR, "ItemStats.days": DAY}


def _actions(bits: int) -> str:
    return ", ".join(action for index, action in enumerate(ACTIONS) if bits >> index & 1)


def _action(index: int) -> str:
    return ACTIONS[index] if 0 <= index < len(ACTIONS) else str(index)


def _hash(number: int) -> str:
    return f"{number:016x}"


def _moment(milliseconds: int) -> str:
    return "never" if milliseconds == -1 else show_moment(milliseconds)


_SHOW: Final[dict[str, Callable[[int], str]]] = {
    "time": _moment,
    "last_time": _moment,
    "publish_time": _moment,
    "erased_at": _moment,
    "day": lambda day: show_moment(day * DAY)[:10],
    "action": _action,
    "actions": _actions,
    "id": _hash,
    "user": _hash,
}
"""How the numbers of a column or a field are shown, by its name."""


def render(row: Row) -> Iterator[Table]:
    """Yield what the row says: its plain fields, then a table for each packed field that holds anything."""
    record = type(row).__name__
    plain = Table.grid(padding=(0, 2))
    packed: list[Table] = []
    for name, value in unpack(row).items():
        place = f"{record}.{name}"
        if place not in PACKED or isinstance(value, str):
            plain.add_row(Text(name, style="bold"), _cell(name, value))
        elif value:
            packed.append(_entries(name, value, _BUCKETS.get(place)))
    yield plain
    yield from packed


def render_differing(names: tuple[str, str], one: Row, other: Row) -> Iterator[Table]:
    """Yield what two rows do not both say: plain fields side by side, then each packed field's entries of one alone.

    `names` are those of the two.
    """
    record = type(one).__name__
    plain = Table("field", *names)
    packed: list[Table] = []
    for name, values in unpack_differing(one, other).items():
        ours, theirs = values
        if not isinstance(ours, list) or not isinstance(theirs, list) or (place := f"{record}.{name}") not in PACKED:
            plain.add_row(name, _cell(name, ours), _cell(name, theirs))
            continue
        alone = [{"in": names[0], **entry} for entry in _without(ours, theirs)]
        alone += [{"in": names[1], **entry} for entry in _without(theirs, ours)]
        packed.append(_entries(name, alone, _BUCKETS.get(place)))
    if plain.row_count:
        yield plain
    yield from packed


def _without(entries: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {tuple(entry.values()) for entry in others}
    return [entry for entry in entries if tuple(entry.values()) not in known]


def _entries(name: str, entries: list[dict[str, Any]], bucket_ms: int | None) -> Table:
    table = Table(*(entries[0] if entries else ()), title=name, title_justify="left")
    for entry in entries:
        if bucket_ms is not None:
            entry = {**entry, "bucket": show_moment(entry["bucket"] * bucket_ms)}
        table.add_row(*(_cell(column, value) for column, value in entry.items()))
    return table


def _cell(name: str, value: Any) -> Text:
    shown = _SHOW[name](value) if name in _SHOW and isinstance(value, int) else value
    return Text(shown if isinstance(shown, str) and shown.isprintable() else repr(shown))
