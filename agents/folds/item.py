"""Item: the catalogue, each field a register in which the latest change stands."""

from collections.abc import Sequence
from typing import Any, Final

from agents.folds.sourced import Sourced, fresh
from schemas.packing import STAMPS
from schemas.records import Change, Item, ItemChange, Status

FIELDS: Final = ("title", "categories", "tags", "author", "publish_time", "status", "attributes")
"""The registers, in the order of their stamps."""

_UNSET: Final = [(-1, 0)] * len(FIELDS)


def fold(item: Item, events: Sequence[Sourced[ItemChange]]) -> Item:
    """Return the item with the changes folded in; the same object if none of them is later than what stands.

    Commutative and idempotent: a register holds the greatest of all that was set, by event time, then the hash of the
    event id, then the value. The last decides between two changes under one id, a mistake of their producer: which
    one stands is arbitrary then, but not a matter of order.
    """
    new, applied = fresh(item, events)
    stamps = STAMPS.unpack(item.stamps) or _UNSET.copy()
    values = [getattr(item, name) for name in FIELDS]
    changed = False
    for sourced in new:
        stamp = (sourced.event.event_time, sourced.id_hash)
        for register, value in enumerate(_settings(sourced.event)):
            if value is None or stamp < stamps[register]:
                continue
            if stamp > stamps[register] or _ordered(value) > _ordered(values[register]):
                stamps[register], values[register] = stamp, value
                changed = True
    if not changed:
        return item
    return Item(applied=applied, stamps=STAMPS.pack(stamps), **dict(zip(FIELDS, values, strict=True)))


def _settings(event: ItemChange) -> tuple[Any, ...]:
    """Return what the change sets each field to, in the order of FIELDS; None leaves it."""
    status = event.status
    if event.change == Change.DELETE:
        status = Status.DELETED
    elif event.change == Change.CREATE and status is None:
        status = Status.ACTIVE
    return (
        event.title,
        event.categories,
        event.tags,
        event.author,
        event.publish_time,
        status,
        event.attributes,
    )


def _ordered(value: Any) -> Any:
    """Return what stands for a value of a register in comparisons: maps have no order of their own."""
    return sorted(value.items()) if isinstance(value, dict) else value
