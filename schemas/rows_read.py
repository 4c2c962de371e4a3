"""Rows read: what a decision tells of the rows that features come from, row by row."""

from collections.abc import Iterator, Sequence

from schemas.applied import applied_of
from schemas.decision_records import Decision, RowRead, RowsRead
from schemas.packing import unpack_offsets


def rows_read(decision: Decision) -> Iterator[RowRead]:
    """Yield each row that the features of the decision's list come from."""
    yield from decision.read
    yield from of_items(decision.read_items, decision.read_rows)


def of_items(items: Sequence[str], rows: Sequence[RowsRead]) -> Iterator[RowRead]:
    """Yield each row of the items, table by table; raise ValueError if offsets are not of as many rows."""
    for each in rows:
        for item, offsets in zip(items, unpack_offsets(each.offsets, len(items)).tolist(), strict=True):
            if applied := applied_of(offsets):
                yield RowRead(each.table, item, each.chunk, applied)
