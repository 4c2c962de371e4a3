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
    lists = [proposal.items for proposal in taken.values()]
    items, at = np.unique(np.concatenate([np.empty(0, np.int32), *lists]), return_inverse=True)
    rows = dict(zip(taken, np.split(at, np.cumsum([len(each) for each in lists[:-1]], dtype=np.intp)), strict=False))
    proposed = np.full((len(items), len(taken)), np.nan, np.float32)
    scores = np.zeros(len(items))
    for column, (name, proposal) in enumerate(taken.items()):
        proposed[rows[name], column] = proposal.scores
    for name in sorted(taken):  # however they are configured: floating-point sums depend on the order
        scores[rows[name]] += weights.get(name, 1.0) / (_SMOOTHING + np.arange(1, len(rows[name]) + 1))
    firsts = [taken[name].items[:first] for name, first in (guaranteed or {}).items() if first and name in taken]
    if limit is None or len(items) <= limit:
        order = _falling(scores)
    elif not firsts:
        # Without sorting those that are cut off, which are most.
        head = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])
        order = head[_falling(scores[head])[:limit]]
    else:
        order = _falling(scores)
        kept = np.isin(items[order], np.concatenate(firsts))
        order = order[np.sort(np.argsort(~kept, kind="stable")[:limit])]
    return Candidates(items[order], scores[order].astype(np.float32), proposed[order], tuple(taken))


def _first(proposal: Proposal, quota: int | None) -> Proposal:
    return Proposal(proposal.items[:quota], proposal.scores[:quota])


def _falling(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the positions by score, falling; of equal ones the lower position first."""
    return np.argsort(-scores, kind="stable")
