"""Examples: what a ranking model learns from, as columns in memory and as files of Arrow batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from training.errors import ExamplesError

HEADS: Final = ("click", "like")


@dataclass(frozen=True, slots=True)
class Examples:
    """E examples in lists: those of one group were shown together and compete, and stand next to each other."""

    features: tuple[str, ...]
    """Names of the F columns of `values`."""

    values: NDArray[np.float32]
    """(E, F) raw values, finite."""

    labels: NDArray[np.float32]
    """(E, H) 1, 0, or NaN where a head's outcome is not known."""

    group: NDArray[np.int64]
    """(E,) number of the list."""

    time: NDArray[np.int64]
    """(E,) milliseconds since 1970."""

    weight: NDArray[np.float32]
    """(E,) how much an example counts, at least 0."""

    heads: tuple[str, ...] = HEADS
    """Names of the H columns of `labels`."""

    def __len__(self) -> int:
        return len(self.group)

    @property
    def starts(self) -> NDArray[np.intp]:
        """(G + 1,) where each group starts, and where the last one ends."""
        changes = np.flatnonzero(np.diff(self.group)) + 1
        return np.concatenate(([0], changes, [len(self)])).astype(np.intp) if len(self) else np.zeros(1, np.intp)

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the examples where the mask is true, or at these positions."""
        columns = ("values", "labels", "group", "time", "weight")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})

    def parts(self, groups: int = 100) -> Iterator[Self]:
        """Yield the examples in batches of so many groups."""
        starts = self.starts
        cuts = [*range(0, len(starts) - 1, groups), len(starts) - 1]
        for begin, end in pairwise(cuts):
            yield self.take(np.arange(starts[begin], starts[end]))

    def checked(self) -> Self:
        """Return the examples.

        Raises ExamplesError if a column has another shape than the rest, a value is not finite, a label is neither 0,
        1 nor NaN, a weight is negative, or a group's examples do not stand together.
        """
        count, shapes = len(self), (self.values.shape, self.labels.shape, self.time.shape, self.weight.shape)
        expected = ((count, len(self.features)), (count, len(self.heads)), (count,), (count,))
        if shapes != expected:
            raise ExamplesError(f"examples: values, labels, time and weight have shapes {shapes}, not {expected}")
        finite = np.isfinite(self.values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            name, group = self.features[column], self.group[row]
            raise ExamplesError(f"example {row} of group {group}: {name} is not finite; give the feature's default")
        if not (np.isnan(self.labels) | (self.labels == 0) | (self.labels == 1)).all():
            raise ExamplesError("examples: a label is neither 0, 1 nor NaN (not known)")
        if not (self.weight >= 0).all():
            raise ExamplesError("examples: a weight is negative or NaN")
        if len(np.unique(self.group)) != len(self.starts) - 1:
            raise ExamplesError("examples: a group's examples do not stand next to each other; sort them by group")
        return self


def joined(parts: Sequence[Examples]) -> Examples:
    """Return the examples of all parts, in their order; they must have the same features and heads."""
    columns = ("values", "labels", "group", "time", "weight")
    whole: dict[str, Any] = {name: np.concatenate([getattr(each, name) for each in parts]) for name in columns}
    return replace(parts[0], **whole)


def whole_groups(examples: Examples, order: NDArray[np.intp], size: int) -> Sequence[Examples]:
    """Return the groups in this order, in batches of whole groups, each of `size` examples give or take a group.

    A batch holds the groups that start within its `size` examples.
    """
    starts = examples.starts
    sizes = np.diff(starts)[order]
    ends = np.cumsum(sizes)
    number = (ends - sizes) // size  # the batch that each group starts in
    rows = np.repeat(starts[:-1][order] - (ends - sizes), sizes) + np.arange(len(examples))
    cuts = ends[np.flatnonzero(np.diff(number))]
    return [examples.take(each) for each in np.split(rows, cuts)]
