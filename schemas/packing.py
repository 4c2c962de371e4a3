"""Packed columns: the numeric arrays of a row as one Avro `bytes`, its words as one Avro `string`.

Avro is decoded element by element, at a tenth of a microsecond or more each; a row of fifty interactions would
cost more than the event that changes it. Packed, a group of columns is one field: `struct` takes it apart for a
fold, numpy reads it as a view without a copy. The .avsc names the layout (`packed`: columns and struct format), so
that a reader in another language needs nothing but the schema; a test proves that the two agree. Words are joined by
NUL, which no id and no tag may hold (`joined`): fifty of them are read in a sixth of the time of an Avro array.
"""

from collections.abc import Iterable, Sequence
from struct import Struct, iter_unpack, pack, unpack
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_NUMPY: Final = {"q": "<i8", "Q": "<u8", "i": "<i4"}


class Packing:
    """The layout of one packed field: named columns, and the little-endian struct format of an entry."""

    def __init__(self, layout: str, *columns: str) -> None:
        self.columns: Final = columns
        self.format: Final = layout
        self.size: Final = Struct(layout).size
        self.dtype: Final = np.dtype(list(zip(columns, (_NUMPY[code] for code in layout[1:]), strict=True)))
        self._code = layout[1:]

    def pack(self, entries: Iterable[tuple[int, ...]]) -> bytes:
        """Return the entries, one tuple of len(columns) integers each, as bytes."""
        flat = [number for entry in entries for number in entry]
        return pack("<" + self._code * (len(flat) // len(self.columns)), *flat)

    def unpack(self, data: bytes) -> list[tuple[Any, ...]]:
        """Return the entries of `data`, one tuple of integers each."""
        return list(iter_unpack(self.format, data))

    def column(self, data: bytes, name: str) -> tuple[int, ...]:
        """Return one column of the entries of `data`: of a few entries in half the time of `unpack`."""
        flat = unpack(f"<{len(data) // self.size * self._code}", data)
        return flat[self.columns.index(name) :: len(self.columns)]

    def view(self, data: bytes) -> NDArray[np.void]:
        """Return `data` as a structured array of shape (entries,), a read-only view: `view(data)["time"]`."""
        return np.frombuffer(data, self.dtype)


CELLS: Final = Packing("<qii", "bucket", "action", "count")
"""Counts by time bucket and action: UserActivity.buckets, ItemStats.hours and ItemStats.days."""

TAG_CELLS: Final = Packing("<qq", "day", "weight")
"""UserActivity.tag_cells, beside UserActivity.tags."""

RECENT: Final = Packing("<qQqq", "time", "id", "value", "action")
"""UserActivity.recent, beside UserActivity.recent_items."""

EVENT_IDS: Final = Packing("<Q", "id")
"""UserHistory.event_ids."""

OFFSETS: Final = Packing("<q", "offset")
"""UserHistory.offsets."""

ACTS: Final = Packing("<qQ", "last_time", "actions")
"""UserHistory.acts, beside UserHistory.items."""

USERS: Final = Packing("<Q", "user")
"""ItemNeighbors.users."""

STAMPS: Final = Packing("<qQ", "time", "id")
"""Which change set a field: Item.stamps, UserProfile.stamps; and ItemAudience.visits."""

PACKED: Final[dict[str, Packing]] = {
    "UserActivity.buckets": CELLS,
    "UserActivity.tag_cells": TAG_CELLS,
    "UserActivity.recent": RECENT,
    "UserHistory.event_ids": EVENT_IDS,
    "UserHistory.offsets": OFFSETS,
    "UserHistory.acts": ACTS,
    "UserProfile.stamps": STAMPS,
    "Item.stamps": STAMPS,
    "ItemStats.hours": CELLS,
    "ItemStats.days": CELLS,
    "ItemNeighbors.users": USERS,
    "ItemAudience.visits": STAMPS,
}
"""The layout of every packed field, as `record.field`; `tideline schemas lint` holds the .avsc to it."""

JOINED: Final = frozenset(
    {
        "UserActivity.tags",
        "UserActivity.recent_items",
        "UserHistory.items",
        "ItemAudience.users",
        "Decision.considered",
        "Decision.read_items",
    }
)
"""Every field whose words stand in Avro as one string, as `record.field`; `tideline schemas lint` holds the .avsc to
it. They are lists in our records, and long; lists that someone types in are arrays in Avro, too."""

MARK: Final = "\0"
"""Stands between two words of a joined field."""


def join(words: Sequence[str]) -> str:
    """Return the words, none of which may be empty or hold MARK, as one string; no words are the empty one."""
    return MARK.join(words)


def split(joined: str) -> list[str]:
    """Return the words that `join` put together."""
    return joined.split(MARK) if joined else []


def pack_floats(values: NDArray[np.float32]) -> bytes:
    """Return the numbers as a field of float32, little-endian, a row after the other."""
    return np.ascontiguousarray(values, "<f4").tobytes()


def unpack_floats(data: bytes) -> NDArray[np.float32]:
    """Return (N,) what `pack_floats` made, a read-only view; raise ValueError if the bytes are no such numbers."""
    return np.frombuffer(data, "<f4")


def unpack_rows(data: bytes, columns: int) -> NDArray[np.float32]:
    """Return (N, columns) what `pack_floats` made, as `unpack_floats` does; (0, 0) where there are no columns."""
    return unpack_floats(data).reshape(-1, columns) if columns else np.empty((0, 0), np.float32)


NOWHERE: Final = -1
"""In place of a place: the item was taken out."""


def pack_places(values: NDArray[np.integer[Any]]) -> bytes:
    """Return the places of `Decision.order` as little-endian int32s, row by row."""
    return values.astype("<i4").tobytes()


def unpack_places(data: bytes, columns: int) -> NDArray[np.int32]:
    """Return (N, columns) what `pack_places` made, a read-only view; (0, 0) where there are no columns."""
    return np.frombuffer(data, "<i4").reshape(-1, columns) if columns else np.empty((0, 0), np.int32)


def pack_offsets(values: NDArray[np.int64]) -> bytes:
    """Return the offsets of `RowsRead.offsets` as little-endian int64s, row by row."""
    return values.astype("<i8").tobytes()


def unpack_offsets(data: bytes, rows: int) -> NDArray[np.int64]:
    """Return (rows, P) what `pack_offsets` made, a read-only view; raise ValueError if it is not of so many rows."""
    return np.frombuffer(data, "<i8").reshape(rows, -1) if rows else np.empty((0, 0), np.int64)
