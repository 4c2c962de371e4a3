"""Lists with the latest first: packed entries that begin with a stamp, (event time, hash of the event id)."""

from bisect import bisect_left
from struct import Struct
from typing import Final

from schemas.packing import STAMPS

_STAMP: Final = Struct(STAMPS.format)


def place(entries: bytes | bytearray, width: int, stamp: tuple[int, int]) -> int:
    """Return the index at which an entry with this stamp belongs in `entries` of `width` bytes each.

    It is that of the first entry whose stamp is not greater.
    """
    if not entries or _STAMP.unpack_from(entries) <= stamp:  # mostly so: events come nearly in order
        return 0
    indexes = range(len(entries) // width)
    return bisect_left(indexes, True, key=lambda index: _STAMP.unpack_from(entries, index * width) <= stamp)
