"""Distinct: values numbered by a table, in an eighth of the time that sorting them or searching for them takes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.features.compiled import compiled, only_read

_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: neighbouring numbers come to lie far apart."""


def distinct(values: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return (N,) the number of each value (N,), equal where they are; and (U,) where each number came first."""
    bits = (2 * len(values)).bit_length()  # so that at least half of the table stays empty
    numbers, firsts = np.empty(len(values), np.uint32), np.empty(len(values), np.uint32)
    count = np.zeros(1, np.uint64)
    _number(values, np.zeros(1 << bits, np.uint32), np.uint64(64 - bits), numbers, firsts, count)
    return numbers, firsts[: count[0]]


def positions(values: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return (T,) where each wanted number (T,) is among the values (V,), of which none comes twice; V where it is
    none of them."""
    numbers, _ = distinct(np.concatenate((values, wanted)).astype(np.uint64))
    return np.minimum(numbers[len(values) :], len(values)).astype(np.intp)


@compiled(only_read("uint64"), "uint32[::1]", "uint64", "uint32[::1]", "uint32[::1]", "uint64[::1]")
def _number(
    values: NDArray[np.uint64],
    table: NDArray[np.uint32],
    shift: np.uint64,
    numbers: NDArray[np.uint32],
    firsts: NDArray[np.uint32],
    count: NDArray[np.uint64],
) -> None:
    """Number the values.

    Args:
        values: (N,)
        table: (2 ** (64 - shift),) zeros; by a value's hash its number + 1, or in the next place that is free.
        shift: bits of a hash that do not matter, 63 at most unless there are no values.
        numbers: (N,) to be filled.
        firsts: (N,) to be filled in front.
        count: (1,) 0; becomes how many are distinct.
    """
    known, one, last = np.uint64(0), np.uint64(1), np.uint64(len(table)) - np.uint64(1)
    for at in range(np.uint64(len(values))):
        place = (values[at] * _SPREAD) >> shift
        while table[place] != 0 and values[firsts[table[place] - one]] != values[at]:
            place = (place + one) & last
        if table[place] == 0:
            firsts[known] = at
            known += one
            table[place] = known
        numbers[at] = table[place] - one
    count[0] = known
