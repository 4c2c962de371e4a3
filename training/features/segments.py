"""Segments: sums over what lies one after the other in an array, a segment of it for each of many."""

import numpy as np
from numpy.typing import NDArray

from training.features.compiled import compiled, only_read


def sums(numbers: NDArray[np.float64], places: NDArray[np.intp], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (N,) the sum of the numbers at each segment's places, in their order.

    Args:
        numbers: (V,)
        places: (T,) which number counts, 0 to V - 1.
        starts: (N + 1,) where each segment of the places begins, and the last one ends: T.
    """
    found = np.zeros(len(starts) - 1)
    _add_up(numbers, places, starts, found)
    return found


def spread(
    values: NDArray[np.float64], places: NDArray[np.intp], starts: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    """Return (size,) by place, the sum of the values of the segments that it stands in.

    Args:
        values: (N,) of each segment.
        places: (T,) 0 to size - 1.
        starts: (N + 1,) as of `sums`.
        size: how many places there are.
    """
    found = np.zeros(size)
    _hand_out(values, places, starts, found)
    return found


@compiled(only_read("float64"), only_read("int64"), only_read("int64"), "float64[::1]")
def _add_up(
    numbers: NDArray[np.float64], places: NDArray[np.intp], starts: NDArray[np.int64], found: NDArray[np.float64]
) -> None:
    for segment in range(np.uint64(len(found))):
        total = 0.0
        for at in range(np.uint64(starts[segment]), np.uint64(starts[segment + np.uint64(1)])):
            total += numbers[np.uint64(places[at])]
        found[segment] = total


@compiled(only_read("float64"), only_read("int64"), only_read("int64"), "float64[::1]")
def _hand_out(
    values: NDArray[np.float64], places: NDArray[np.intp], starts: NDArray[np.int64], found: NDArray[np.float64]
) -> None:
    for segment in range(np.uint64(len(values))):
        for at in range(np.uint64(starts[segment]), np.uint64(starts[segment + np.uint64(1)])):
            found[np.uint64(places[at])] += values[segment]
