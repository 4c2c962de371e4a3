"""Rows: which rows of the tables features come from, and how far each was folded."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.decision_records import RowRead, RowsRead
from schemas.packing import pack_offsets
from serving.features.moment import Read
from serving.query import Query


class RowsOfItems(NamedTuple):
    """Rows of items, as a decision tells of them."""

    items: list[str]
    rows: list[RowsRead]


def user_rows(query: Query) -> Iterator[RowRead]:
    """Yield the user's rows that were read."""
    for table, applied in query.state.read.items():
        if applied:
            yield RowRead(_table(table), query.user, "", dict(applied))


def item_rows(query: Query, read: Read, wanted: NDArray[np.intp]) -> RowsOfItems:
    """Return the rows of items that the features of the candidates at the `wanted` places, (K,), come from: theirs,
    and those of the items of the user's last interactions."""
    moment = read.moment
    recent = len(moment.candidates) + np.arange(len(moment.user.items))
    items = np.concatenate((moment.candidates[wanted], moment.user.items))
    items, first = np.unique(items, return_index=True)
    rows = np.concatenate((wanted, recent))[first]
    return RowsOfItems(
        query.catalogue.named(items),
        [RowsRead(_table(each.table), each.chunk, pack_offsets(each.offsets[rows])) for each in read.items.rows],
    )


def _table(changelog: str) -> str:
    return changelog.removesuffix(".table.v1")
