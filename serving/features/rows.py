"""Rows: which rows of the tables features come from, and how far each was folded."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from schemas.records import RowRead
from serving.features.moment import Read
from serving.query import Query


def rows_read(query: Query, read: Read, wanted: NDArray[np.int32]) -> Iterator[RowRead]:
    """Yield the rows that the features of the `wanted` candidates, (K,) item numbers, come from: the user's, theirs,
    and those of the items of the user's last interactions."""
    for table, applied in query.state.read.items():
        if applied:
            yield RowRead(_table(table), query.user, "", dict(applied))
    items = np.concatenate((read.moment.candidates, read.moment.user.items))
    told = np.concatenate((wanted, read.moment.user.items))
    met, places = np.unique(items, return_index=True)
    for place, table, chunk, applied in read.items.applied(places[np.isin(met, told)]):
        yield RowRead(_table(table), query.catalogue.ids[items[place]], chunk, applied)


def _table(changelog: str) -> str:
    return changelog.removesuffix(".table.v1")
