"""Digest of state: equal for equal rows, in whatever order they are read; by it a rebuild is compared with the live
table."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from msgspec.msgpack import Encoder
from xxhash import xxh3_128_intdigest

from schemas.records import Row

BOOKKEEPING: Final = frozenset({"applied", "offsets"})
"""Fields that say where the state came from: they differ between two logs of the same events."""

_MODULUS: Final = 1 << 128
_ENCODER: Final = Encoder(order="deterministic")


def digest(row_key: bytes, row: Row) -> int:
    """Return the digest of one row under its key, 0 to 2**128 - 1."""
    names = _state_of(type(row))
    state = [type(row).__name__, row_key, *(getattr(row, name) for name in names)]
    return int(xxh3_128_intdigest(_ENCODER.encode(state)))


def combine(digests: Iterable[int]) -> int:
    """Return the digest of all the rows: their sum modulo 2**128, so that one row's old digest can be taken off again.

    Not by exclusive or: there two equal rows would cancel out.
    """
    return sum(digests) % _MODULUS


@cache
def _state_of(row: type[Row]) -> tuple[str, ...]:
    return tuple(name for name in row.__struct_fields__ if name not in BOOKKEEPING)
