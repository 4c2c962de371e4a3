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


def listed(scores: NDArray[np.float32]) -> ChannelList:
    """Return the list of these scores, (N,) with NaN where there is none; what is infinite counts as none."""
    score = np.where(np.isfinite(scores), scores, np.float32(np.nan))
    # In the order of the scores, not of the candidates: floating-point sums depend on it.
    rising = np.sort(score[~np.isnan(score)]).astype(np.float64)
    if not len(rising):
        return ChannelList.none(len(scores))
    wide = score.astype(np.float64)
    mean, deviation = rising.mean(), rising.std()
    # Equal scores deviate by rounding alone, a millionth of their size at most.
    standard = (wide - mean) / deviation if deviation > 1e-6 * abs(mean) else np.where(np.isnan(wide), np.nan, 0.0)
    greater = len(rising) - np.searchsorted(rising, wide, side="right")
    relative = wide / (max(-rising[0], rising[-1]) or 1.0)
    return ChannelList(score, standard, np.where(np.isnan(wide), np.nan, 1.0 + greater), relative)
