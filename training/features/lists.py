"""Lists: where each candidate stands in a channel's list."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ChannelList:
    """N candidates by the scores of one channel; NaN where the channel did not propose one."""

    score: NDArray[np.float32]
    """(N,) the channel's score."""

    standard: NDArray[np.float64]
    """(N,) distance from the mean score of the list in standard deviations; 0 where all scores are equal."""

    rank: NDArray[np.float64]
    """(N,) one more than there are candidates with a greater score; so equal scores have equal ranks."""

    relative: NDArray[np.float64]
    """(N,) score over the greatest score by magnitude, -1 to 1; 0 where all are 0."""

    @classmethod
    def none(cls, candidates: int) -> Self:
        """Return the list of a channel that proposed none of so many candidates."""
        unknown = np.full(candidates, np.nan)
        return cls(unknown.astype(np.float32), unknown, unknown, unknown)


def listed(scores: NDArray[np.float32]) -> list[ChannelList]:
    """Return the lists of C channels by their scores (N, C), NaN for none; what is infinite counts as none, too.

    All at once, for a request has a dozen of them.
    """
    score = np.where(np.isfinite(scores), scores, np.float32(np.nan)).T
    if not score.size:
        return [ChannelList.none(score.shape[1]) for _ in score]
    # In the order of the scores, not of the candidates: floating-point sums depend on it. NaN stands last.
    # Not stable, which is five times as fast: which of two equal scores comes first changes nothing below.
    order = np.argsort(-score, axis=1)
    falling = np.take_along_axis(score, order, axis=1).astype(np.float64)
    known = ~np.isnan(falling)
    count = np.maximum(known.sum(axis=1), 1)[:, np.newaxis]
    filled = np.where(known, falling, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / count
    apart = np.where(known, falling - mean, 0.0)
    deviation = np.sqrt((apart * apart).sum(axis=1, keepdims=True) / count)
    # Equal scores deviate by rounding alone, a millionth of their size at most.
    alike = deviation <= 1e-6 * np.abs(mean)
    greatest = np.abs(filled).max(axis=1, keepdims=True)
    wide = score.astype(np.float64)
    standard = np.where(np.isnan(wide), np.nan, np.where(alike, 0.0, (wide - mean) / np.where(alike, 1.0, deviation)))
    relative = wide / np.where(greatest > 0, greatest, 1.0)
    # A place begins where the score is another one than before; equal scores have the place of their first.
    places = np.arange(score.shape[1])
    begins = np.ones(falling.shape, np.bool_)
    begins[:, 1:] = falling[:, 1:] != falling[:, :-1]
    first = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    rank = np.empty(score.shape)
    np.put_along_axis(rank, order, np.where(known, first + 1.0, np.nan), axis=1)
    return [ChannelList(*columns) for columns in zip(score, standard, rank, relative, strict=True)]
