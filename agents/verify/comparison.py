"""Comparison: two copies of a table's partition, row by row. Pure, and in little memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from agents.folds.digest import BOOKKEEPING
from schemas.applied import NOTHING
from schemas.records import Row

Stored = Iterable[tuple[bytes, bytes]]
"""(key, row as it is stored) by key, each key once."""

MOST_SUSPECTS: Final = 5_000
"""Rows past the cut that are held in memory at once; each time so many are there, the tail of the log is read."""

_BUILT: Final = 0
_LIVE: Final = 1


class Pair(NamedTuple):
    """What two copies store under one key; None where one of them has nothing."""

    key: bytes
    built: bytes | None
    live: bytes | None


def pairs(built: Stored, live: Stored) -> Iterator[Pair]:
    """Yield every key of either copy with what both store under it, by key."""
    stored = merge(((key, _BUILT, row) for key, row in built), ((key, _LIVE, row) for key, row in live))
    for key, found in groupby(stored, itemgetter(0)):
        rows = {side: row for _, side, row in found}
        yield Pair(key, rows.get(_BUILT), rows.get(_LIVE))


@dataclass(frozen=True, slots=True)
class Rows:
    """The two rows of one key, decoded; None where there is none. At least one is there."""

    key: bytes
    built: Row | None
    live: Row | None

    @property
    def differing(self) -> tuple[str, ...]:
        """The fields that do not say the same, all of them where a row is missing.

        Where in the log a row has what it says from does not count (`agents.folds.digest`).
        """
        [row, *_] = (row for row in (self.built, self.live) if row is not None)
        return tuple(
            name
            for name in row.__struct_fields__
            if name not in BOOKKEEPING and getattr(self.built, name, None) != getattr(self.live, name, None)
        )

    def reached(self, cut: Mapping[int, int]) -> dict[int, int]:
        """Return the last offset folded into either row, of each source partition in which that lies past the cut.

        Args:
            cut: first offset past it, by source partition; both tables hold at least what lies before.
        """
        last = {number: max(applied(self.built, number), applied(self.live, number)) for number in cut}
        return {number: offset for number, offset in last.items() if offset >= cut[number]}


def differences(
    compared: Iterable[Pair],
    decode: Callable[[bytes], Row],
    cut: Mapping[int, int],
    bring_forward: Callable[[Sequence[Rows]], Iterable[Rows]],
) -> Iterator[Rows]:
    """Yield the rows that differ when both have come to one place in the log.

    Args:
        compared: what both copies store.
        decode: bytes to row.
        cut: as for `Rows.reached`.
        bring_forward: makes of rows of which one has gone past the cut what they are when both have gone as far.
    """
    suspects: list[Rows] = []
    for pair in compared:
        if pair.built == pair.live:
            continue  # to the last byte, positions too; most rows are, and decoding them would take the most time
        rows = Rows(pair.key, *(None if stored is None else decode(stored) for stored in (pair.built, pair.live)))
        if rows.reached(cut):
            suspects.append(rows)
        elif rows.differing:
            yield rows
        if len(suspects) == MOST_SUSPECTS:
            yield from (brought for brought in bring_forward(suspects) if brought.differing)
            suspects = []
    if suspects:
        yield from (brought for brought in bring_forward(suspects) if brought.differing)


def applied(row: Row | None, partition: int) -> int:
    """Return the last offset of a source partition that was folded into the row."""
    return NOTHING if row is None else row.applied.get(str(partition), NOTHING)
