"""Item reads: what features read of items, and how far the rows were folded that it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
