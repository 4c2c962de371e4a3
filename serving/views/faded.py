"""Faded tags: a user's affinities as of a moment, summed up when somebody asks for one."""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.features.formulas import DAY_MS


@dataclass(frozen=True, slots=True)
class TagCells:
    """What a user's row says of tags, a cell for each tag and day: C cells of T tags."""

    names: tuple[str, ...]
    """(T,) each once."""

    of: NDArray[np.intp]
    """(C,) which tag each cell is of."""

    days: NDArray[np.int64]
    """(C,) days since 1970."""

    weights: NDArray[np.float64]
    """(C,)"""

    @classmethod
    def numbered(cls, tags: list[str], days: NDArray[np.int64], weights: NDArray[np.float64]) -> Self:
        """Return the cells, whose tags are named one by one."""
        numbers: dict[str, int] = {}
        of = np.fromiter((numbers.setdefault(tag, len(numbers)) for tag in tags), np.intp, len(tags))
        return cls(tuple(numbers), of, days, weights)


class FadedTags(Mapping[str, float]):
    """Affinity by tag: the sum of its cells' weights, each faded by its age, counted from the middle of its day.

    A list made ahead is answered without a look at them; to sum them up takes a tenth of such an answer.
    """

    def __init__(self, cells: TagCells, as_of_ms: int, half_life_days: float) -> None:
        """Take the cells as of this moment."""
        self._cells = cells
        self._as_of_ms = as_of_ms
        self._half_life = half_life_days

    @cached_property
    def _summed(self) -> dict[str, float]:
        cells = self._cells
        age = np.maximum(self._as_of_ms / DAY_MS - 0.5 - cells.days, 0.0)
        sums = np.bincount(cells.of, cells.weights * np.exp2(-age / self._half_life), len(cells.names))
        return dict(zip(cells.names, sums.tolist(), strict=True))

    def __getitem__(self, tag: str) -> float:
        return self._summed[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._summed)

    def __len__(self) -> int:
        return len(self._cells.names)

    def items(self) -> ItemsView[str, float]:
        """Return tags and affinities, as of a dict."""
        return self._summed.items()

    def values(self) -> ValuesView[float]:
        """Return affinities, as of a dict."""
        return self._summed.values()
