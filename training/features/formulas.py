"""Formulas that features of several groups share."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

Numbers = NDArray[np.float64]


def numbered(words: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Return (W,) the different words, rising, and (M,) which of them each is: `np.unique` in a third of its time."""
    order = words.argsort()
    rising = words[order]
    new = np.ones(len(words), np.bool_)
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    places = np.empty(len(words), np.intp)
    places[order] = new.cumsum() - 1
    return rising[new], places


def smoothed(hits: Any, trials: Any, prior: float, weight: float) -> Numbers:
    """Return (hits + weight * prior) / (trials + weight): the rate drawn towards `prior`, as if by `weight` trials.

    It is the mean of the posterior of a binomial rate with a beta prior of that mean and weight.
    """
    return np.asarray((hits + weight * prior) / (trials + weight), np.float64)


def trend(short_log: Numbers, long: NDArray[Any], ratio: float) -> Numbers:
    """Return the natural logarithm of what is in the short window over what a steady pace would have put there.

    Args:
        short_log: (N,) log(1 + count in the short window).
        long: (N,) counts in the long one, which holds it.
        ratio: length of the short window over that of the long one.

    One event is added to both, so that 0 of 0 is steady and a single event is no sensation.
    """
    return short_log - np.log(long * ratio + 1.0)


def log_age(as_of_ms: int, times: NDArray[np.int64], unit_ms: int, unknown: int = -1) -> Numbers:
    """Return log(1 + age) of each time in units of `unit_ms`, 0 for what is to come, NaN where it is `unknown`."""
    age = np.log(np.maximum(as_of_ms - times, 0) / unit_ms + 1)
    age[times == unknown] = np.nan
    return age
