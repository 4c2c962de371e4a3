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
    items, at = np.unique(
        np.concatenate([np.empty(0, np.int32), *(proposal.items for proposal in taken.values())]), return_inverse=True
    )
    proposed = np.full((len(items), len(taken)), np.nan, np.float32)
    merged = np.zeros((len(items), len(taken)))
    begin = 0
    for column, (name, proposal) in enumerate(taken.items()):
        rows = at[begin : begin + len(proposal.items)]
        begin += len(rows)
        proposed[rows, column] = proposal.scores
        merged[rows, column] = weights.get(name, 1.0) / (_SMOOTHING + np.arange(1, len(rows) + 1))
    scores = _sum(merged)
    order = np.lexsort((items, -scores))
    if limit is not None and len(order) > limit:
        firsts = [taken[name].items[:first] for name, first in (guaranteed or {}).items() if name in taken]
        kept = np.isin(items[order], np.concatenate([np.empty(0, np.int32), *firsts]))
        order = order[np.sort(np.argsort(~kept, kind="stable")[:limit])]
    return Candidates(items[order], scores[order].astype(np.float32), proposed[order], tuple(taken))


def _first(proposal: Proposal, quota: int | None) -> Proposal:
    return Proposal(proposal.items[:quota], proposal.scores[:quota])


def _sum(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of each row, the same in whatever order its parts stand: floating-point sums depend on it."""
    total: NDArray[np.float64] = np.sort(parts, axis=1).sum(axis=1)
    return total
