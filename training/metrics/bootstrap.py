"""Intervals by the bootstrap: how much a figure would move with other users of the same kind.

Efron: Bootstrap Methods: Another Look at the Jackknife. 1979. Percentile intervals over users.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 2_000
_SEED: Final = 7
_PERCENTILES: Final = (2.5, 97.5)


class Estimate(msgspec.Struct, frozen=True):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Whether the interval lies above zero: of a difference, that it is no accident of which users were asked."""
        return self.low > 0


def mean(values: NDArray[np.float64]) -> Estimate:
    """Return the mean over users, (U,), and its interval."""
    return statistic(len(values), lambda users: values[users].mean(axis=-1))


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> Estimate:
    """Return the mean of what `one` has more than `other`, user by user, and its interval.

    Paired: that some users are easier than others moves both, and not their difference.
    """
    return mean(one - other)


def statistic(users: int, of: Callable[[NDArray[np.intp]], NDArray[np.float64]]) -> Estimate:
    """Return any figure over users, and its interval.

    Args:
        users: how many there are, at least 1.
        of: returns the figure of each of R samples of users, (R, U) numbers, as (R,).
    """
    drawn = np.random.default_rng(_SEED).integers(0, users, (RESAMPLES, users))
    low, high = np.percentile(of(drawn), _PERCENTILES)
    value = of(np.arange(users)[np.newaxis])[0]
    return Estimate(float(value), float(low), float(high))


def sums(rows: NDArray[np.float64], stream: int = 0) -> NDArray[np.float64]:
    """Return (R, C) column sums over samples of users, whose rows are (U, C): for figures that are ratios of sums.

    Memory grows with the users, not with users times samples. Groups that are compared draw from `stream`s of their
    own, for their samples are independent.
    """
    random = np.random.default_rng((_SEED, stream))
    users = len(rows)
    found = np.empty((RESAMPLES, rows.shape[1]))
    for sample in found:
        sample[:] = np.bincount(random.integers(0, users, users), minlength=users) @ rows
    return found


def estimate(value: float, samples: NDArray[np.float64]) -> Estimate:
    """Return the figure with the interval that its (R,) samples give."""
    low, high = np.percentile(samples, _PERCENTILES)
    return Estimate(float(value), float(low), float(high))
