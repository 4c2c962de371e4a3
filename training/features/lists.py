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
    candidates, channels = scores.shape
    if not scores.size:
        return [ChannelList.none(candidates) for _ in range(channels)]
    scores = np.ascontiguousarray(scores)
    score, keys = np.empty((channels, candidates), np.float32), np.empty((channels, candidates), np.int64)
    known, told = np.zeros(channels, np.uint64), np.empty((3, channels, candidates))
    _write_keys(scores, scores.view(np.int32), score, keys, known)
    keys.sort(axis=1)
    _place(keys, known, score, told)
    return [ChannelList(*columns) for columns in zip(score, *told, strict=True)]


@compiled(only_read("float32", 2), only_read("int32", 2), "float32[:, ::1]", "int64[:, ::1]", "uint64[::1]")
def _write_keys(
    scores: NDArray[np.float32],
    bits: NDArray[np.int32],
    score: NDArray[np.float32],
    keys: NDArray[np.int64],
    known: NDArray[np.uint64],
) -> None:
    """Write a key for each score that is known: rising keys are falling scores.

    numpy sorts whole numbers in a fifth of the time that positions by their scores take.

    Args:
        scores: (N, C)
        bits: (N, C) the same as whole numbers; of negative scores these are in the reverse order.
        score: (C, N) to be filled: the finite ones, NaN for the others.
        keys: (C, N) to be filled, in front; the candidate is in the lower half. Behind, the greatest number there is.
        known: (C,) 0; becomes how many are finite.
    """
    nan, lower, last = np.float32(np.nan), np.int64(0x7FFFFFFF), np.int64(0x7FFFFFFFFFFFFFFF)
    for candidate in range(np.uint64(scores.shape[0])):
        for channel in range(np.uint64(scores.shape[1])):
            value, whole = scores[candidate, channel], np.int64(bits[candidate, channel])
            finite = np.isfinite(value)
            rising = whole ^ ((whole >> 63) & lower)
            score[channel, candidate] = value if finite else nan
            keys[channel, known[channel]] = (-rising << 32) | np.int64(candidate)
            known[channel] += np.uint64(finite)
    for channel in range(np.uint64(scores.shape[1])):
        keys[channel, known[channel] :] = last


@compiled(
    only_read("int64", 2),
    only_read("uint64"),
    only_read("float32", 2),
    "float64[:, :, ::1]",
)
def _place(
    keys: NDArray[np.int64],
    known: NDArray[np.uint64],
    score: NDArray[np.float32],
    told: NDArray[np.float64],
) -> None:
    """Fill in `standard`, `rank` and `relative` (3, C, N) of the known scores (C, N), which come first in the order of
    the keys (C, N)."""
    told[:] = np.nan
    candidate = np.int64(0xFFFFFFFF)
    for channel in range(np.uint64(score.shape[0])):
        scores, falling, count = score[channel], keys[channel], known[channel]
        standard, rank, relative = told[0, channel], told[1, channel], told[2, channel]
        total, greatest = 0.0, 0.0
        # In the order of the scores, not of the candidates: floating-point sums depend on it.
        for place in range(count):
            value = float(scores[np.uint64(falling[place] & candidate)])
            total += value
            greatest = max(greatest, abs(value))
        mean, squares = total / max(count, 1), 0.0
        for place in range(count):
            squares += (scores[np.uint64(falling[place] & candidate)] - mean) ** 2
        deviation = np.sqrt(squares / max(count, 1))
        # Equal scores deviate by rounding alone, a millionth of their size at most.
        alike = deviation <= 1e-6 * abs(mean)
        first, before = 0.0, np.nan  # rank of those that are equal, and their score
        for place in range(count):
            at = np.uint64(falling[place] & candidate)
            value = float(scores[at])
            first = first if value == before else place + 1.0
            before = value
            rank[at] = first
            standard[at] = 0.0 if alike else (value - mean) / deviation
            relative[at] = value / greatest if greatest > 0 else 0.0
