"""Lists: where each candidate stands in a channel's list."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.features.compiled import compiled, only_read


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
    score = np.ascontiguousarray(scores.T)
    if not score.size:
        return [ChannelList.none(score.shape[1]) for _ in score]
    score = np.where(np.isfinite(score), score, np.float32(np.nan))
    # Not stable, which is five times as fast: which of two equal scores comes first changes nothing. NaN among them
    # would make it slow again.
    order = np.argsort(np.where(np.isnan(score), np.float32(np.inf), -score), axis=1)
    standard, rank, relative = (np.full(score.shape, np.nan) for _ in range(3))
    _place(order, score, standard, rank, relative)
    return [ChannelList(*columns) for columns in zip(score, standard, rank, relative, strict=True)]


@compiled(only_read("int64", 2), only_read("float32", 2), "float64[:, ::1]", "float64[:, ::1]", "float64[:, ::1]")
def _place(
    order: NDArray[np.int64],
    score: NDArray[np.float32],
    standard: NDArray[np.float64],
    rank: NDArray[np.float64],
    relative: NDArray[np.float64],
) -> None:
    """Fill in what `ChannelList` says of each score (C, N) but NaN, which stands last in the order (C, N)."""
    for channel in range(score.shape[0]):
        scores, falling = score[channel], order[channel]
        known, total, greatest = 0, 0.0, 0.0
        # In the order of the scores, not of the candidates: floating-point sums depend on it.
        while known < len(falling) and not np.isnan(scores[falling[known]]):
            value = float(scores[falling[known]])
            total += value
            greatest = max(greatest, abs(value))
            known += 1
        mean, squares = total / max(known, 1), 0.0
        for place in range(known):
            squares += (scores[falling[place]] - mean) ** 2
        deviation = np.sqrt(squares / max(known, 1))
        # Equal scores deviate by rounding alone, a millionth of their size at most.
        alike = deviation <= 1e-6 * abs(mean)
        first = 0  # of those that are equal
        for place in range(known):
            at = falling[place]
            value = float(scores[at])
            if value != scores[falling[first]]:
                first = place
            rank[channel, at] = first + 1.0
            standard[channel, at] = 0.0 if alike else (value - mean) / deviation
            relative[channel, at] = value / greatest if greatest > 0 else 0.0
