"""Packed columns of a row, taken apart."""

from itertools import repeat
from typing import Any, Final

from msgspec.structs import asdict

from agents.folds.digest import BOOKKEEPING
from agents.folds.item import FIELDS
from schemas.packing import PACKED
from schemas.records import Row

_BESIDE: Final[dict[str, tuple[str, ...]]] = {
    "UserActivity.tag_cells": ("tags",),
    "UserActivity.recent": ("recent_items",),
    "UserHistory.acts": ("items",),
    "UserProfile.stamps": ("names", "values"),
    "ItemAudience.visits": ("users",),
}
"""The lists whose entries belong, one each, to those of a packed field."""


def unpack(row: Row) -> dict[str, Any]:
    """Return the row's fields, a packed one as a list of entries that name their columns.

    A list that stands beside a packed field becomes a column of it and is left out otherwise. Where the two do not fit
    together, which no fold leaves so, the packed field is given in hexadecimal.
    """
    fields: dict[str, Any] = asdict(row)
    record = type(row).__name__
    for name in row.__struct_fields__:
        place = f"{record}.{name}"
        if (packing := PACKED.get(place)) is None:
            if isinstance(fields.get(name), bytes):
                fields[name] = fields[name].hex()
            continue
        count, rest = divmod(len(fields[name]), packing.size)
        beside = {other: fields[other] for other in _BESIDE.get(place, ())}
        if place == "Item.stamps":
            beside = {"field": FIELDS[:count]}
        if rest or any(len(labels) != count for labels in beside.values()):
            fields[name] = fields[name].hex()
            continue
        for other in beside.keys() & fields.keys():
            del fields[other]
        names = (*beside, *packing.columns)
        labels = zip(*beside.values(), strict=True) if beside else repeat((), count)
        entries = packing.unpack(fields[name])
        fields[name] = [
            dict(zip(names, (*label, *entry), strict=True)) for label, entry in zip(labels, entries, strict=True)
        ]
    return fields


def unpack_differing(one: Row, other: Row) -> dict[str, tuple[Any, Any]]:
    """Return both values of each field that does not say the same in two rows, unpacked; None for one that is not
    there, since it is a column of another field.
    """
    ours, theirs = unpack(one), unpack(other)
    return {
        name: (ours.get(name), theirs.get(name))
        for name in {**ours, **theirs}
        if name not in BOOKKEEPING and ours.get(name) != theirs.get(name)
    }
