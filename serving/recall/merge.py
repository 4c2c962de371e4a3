"""Merge: what the channels propose becomes one set of candidates.

By weighted reciprocal ranks: an item's score is the sum over the channels that proposed it of

    weight / (60 + its rank there, from 1)

(G. Cormack, C. Clarke and S. Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
methods", SIGIR 2009; 60 is theirs). A channel's scores have a scale of their own, which shifts with the user and the
hour; ranks need no calibration, and an item that several channels agree on rises.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Candidates, Proposal
from training.features.compiled import compiled, only_read
from training.features.distinct import distinct

_SMOOTHING: Final = 60.0


def merge(
    proposals: Mapping[str, Proposal],
    weights: Mapping[str, float],
    *,
    quotas: Mapping[str, int] | None = None,
    guaranteed: Mapping[str, int] | None = None,
    limit: int | None = None,
) -> Candidates:
    """Return each proposed item once, with every channel's score, by its merged score, falling.

    Items and order do not depend on the order of the channels, which is that of the columns; of equal merged scores
    the lower item number comes first.

    Args:
        proposals: each channel's proposal.
        weights: what each channel counts; 1 where it is not named.
        quotas: most items that a channel may bring in; all of its proposal where it is not named.
        guaranteed: how many of a channel's first items stay where `limit` cuts, whatever the others propose; 0 where
            it is not named. Where all of these are more than `limit`, the best of them stay.
        limit: most candidates; all where it is None.
    """
    taken = {name: _first(proposal, (quotas or {}).get(name)) for name, proposal in proposals.items()}
    names = sorted(taken)  # however they are configured: floating-point sums depend on the order
    lists = [taken[name].items for name in names]
    every = np.concatenate([np.empty(0, np.int32), *lists])
    ends = np.cumsum([len(each) for each in lists], dtype=np.uint64)
    rows, firsts = distinct(every.astype(np.uint64))
    numbers, sums = every[firsts], np.zeros(len(firsts))
    _add_ranks(ends, np.array([weights.get(name, 1.0) for name in names]), rows, sums)
    scores = sums.astype(np.float32)
    order = _falling(scores, numbers)
    if limit is not None and len(order) > limit:
        sure = [taken[name].items[:first] for name, first in (guaranteed or {}).items() if first and name in taken]
        if sure:
            kept = np.isin(numbers[order], np.concatenate(sure))
            order = order[np.sort(np.argsort(~kept, kind="stable")[:limit])]
        order = order[:limit]
    proposed = np.full((len(order), len(taken)), np.nan, np.float32)
    places = np.zeros(len(numbers), np.uint32)
    places[order] = np.arange(1, len(order) + 1)
    columns = np.array([list(taken).index(name) for name in names], np.uint64)
    said = np.concatenate([np.empty(0, np.float32), *(taken[name].scores for name in names)])
    _enter(said, ends, columns, rows, places, proposed)
    return Candidates(numbers[order], scores[order], proposed, tuple(taken))


def _first(proposal: Proposal, quota: int | None) -> Proposal:
    return Proposal(proposal.items[:quota], proposal.scores[:quota])


def _falling(scores: NDArray[np.float32], items: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the positions by score, 0 or more, falling; of equal ones the lower item first."""
    return np.argsort(items - (scores.view(np.int32).astype(np.int64) << 32))


@compiled(only_read("uint64"), only_read("float64"), only_read("uint32"), "float64[::1]")
def _add_ranks(
    ends: NDArray[np.uint64], weights: NDArray[np.float64], rows: NDArray[np.uint32], sums: NDArray[np.float64]
) -> None:
    """Add to each row's sum what the channels give its item.

    Args:
        ends: (C,) where each channel's items end.
        weights: (C,) what each counts.
        rows: (T,) each item's row, one channel after the other.
        sums: (R,)
    """
    at = np.uint64(0)
    for channel in range(len(ends)):
        rank = 0.0
        while at < ends[channel]:
            rank += 1.0
            sums[rows[at]] += weights[channel] / (_SMOOTHING + rank)
            at += np.uint64(1)


@compiled(
    only_read("float32"),
    only_read("uint64"),
    only_read("uint64"),
    only_read("uint32"),
    only_read("uint32"),
    "float32[:, ::1]",
)
def _enter(
    said: NDArray[np.float32],
    ends: NDArray[np.uint64],
    columns: NDArray[np.uint64],
    rows: NDArray[np.uint32],
    places: NDArray[np.uint32],
    proposed: NDArray[np.float32],
) -> None:
    """Enter what each channel said of each item, (T,), into its place and the channel's column.

    Args:
        said: (T,) scores, one channel after the other.
        ends: (C,) where each channel's end.
        columns: (C,) each channel's column.
        rows: (T,) each item's row.
        places: (R,) by row the place + 1 among those that were kept; 0 for one that was not.
        proposed: (N, C) to be filled.
    """
    at = np.uint64(0)
    for channel in range(len(ends)):
        while at < ends[channel]:
            place = places[rows[at]]
            if place != 0:
                proposed[np.uint64(place) - np.uint64(1), columns[channel]] = said[at]
            at += np.uint64(1)
