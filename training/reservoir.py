"""Reservoir: a uniform sample of a stream of rows, of bounded size."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Reservoir:
    """Keeps each of the rows seen with the same chance; all of them while there are no more than its capacity.

    Vitter: Random Sampling with a Reservoir. 1985 (algorithm R). The sample is a function of the rows and their order,
    not of how they were batched: the numbers are drawn from a seed, one a row.
    """

    def __init__(self, capacity: int, columns: int, dtype: DTypeLike = np.float32, seed: int = 0) -> None:
        self._held: NDArray[Any] = np.empty((capacity, columns), dtype)
        self._random = np.random.default_rng(seed)
        self.seen = 0

    @property
    def rows(self) -> NDArray[Any]:
        """(min(seen, capacity), C) the sample."""
        return self._held[: min(self.seen, len(self._held))]

    def add(self, rows: NDArray[Any]) -> None:
        """Offer the rows (N, C) to the sample, in order."""
        capacity = len(self._held)
        count = self.seen + 1 + np.arange(len(rows))
        place = np.minimum((self._random.random(len(rows)) * count).astype(np.intp), count - 1)
        place = np.where(count <= capacity, count - 1, place)
        chosen = place < capacity
        self._held[place[chosen]] = rows[chosen]  # where two fall on one place, the later stands
        self.seen += len(rows)
