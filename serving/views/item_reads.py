"""Item reads: what features read of items, and how far the rows were folded that it comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.views.fence import applied_of
from training.features.counts import ItemCounts
from training.features.facts import ItemFacts


class Rows(NamedTuple):
    """How far rows of one table and chunk were folded."""

    table: str
    """Name of the changelog."""

    chunk: str
    offsets: NDArray[np.int64]
    """(K, P) by source partition the last offset folded; `schemas.applied.NOTHING` where there is none."""


@dataclass(frozen=True, slots=True)
class ItemReads:
    """What the views hold of K items."""

    facts: ItemFacts
    counts: ItemCounts
    """In all scenarios together."""

    scenario_counts: ItemCounts
    """In the one that was asked for."""

    rows: Sequence[Rows]

    def applied(self, places: NDArray[np.intp]) -> Iterator[tuple[int, str, str, dict[str, int]]]:
        """Yield place, changelog, chunk and `applied` of each row that was read of the items at these places."""
        read = [(rows.table, rows.chunk, rows.offsets[places].tolist()) for rows in self.rows]
        for number, place in enumerate(places.tolist()):
            for table, chunk, offsets in read:
                if applied := applied_of(offsets[number]):
                    yield place, table, chunk, applied
