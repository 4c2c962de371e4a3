"""Packed columns of a row, taken apart."""

from itertools import repeat
from typing import Any, Final

from msgspec.structs import asdict

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

    A list that stands beside a packed field becomes a column of it and is left out otherwise.
    """
    fields: dict[str, Any] = asdict(row)
    record = type(row).__name__
    for name in row.__struct_fields__:
        place = f"{record}.{name}"
        if (packing := PACKED.get(place)) is None:
            continue
        entries = packing.unpack(fields[name])
        beside = {other: fields.pop(other) for other in _BESIDE.get(place, ())}
        if place == "Item.stamps":
            beside = {"field": FIELDS[: len(entries)]}
        names = (*beside, *packing.columns)
        labels = zip(*beside.values(), strict=True) if beside else repeat((), len(entries))
        fields[name] = [
            dict(zip(names, (*label, *entry), strict=True)) for label, entry in zip(labels, entries, strict=True)
        ]
    return fields
