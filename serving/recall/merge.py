"""Merge: what the channels propose becomes one set of candidates.

By weighted reciprocal ranks: an item's score is the sum over the channels that proposed it of

    weight / (60 + its rank there, from 1)

(G. Cormack, C. Clarke and S. Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
methods", SIGIR 2009; 60 is theirs). A channel's scores have a scale of their own, which shifts with the user and the
hour; ranks need no calibration, and an item that several channels agree on rises.
"""

from collections.abc import Mapping, Sequence
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
    items, at = _once([proposal.items for proposal in taken.values()])
    proposed = np.full((len(items), len(taken)), np.nan, np.float32)
    scores = np.zeros(len(items))
    # In the order of their names, however they are configured: floating-point sums depend on it.
    for name, (column, rows) in sorted(zip(taken, enumerate(at), strict=True)):
        proposed[rows, column] = taken[name].scores
        scores[rows] += weights.get(name, 1.0) / (_SMOOTHING + np.arange(1, len(rows) + 1))
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


def _once(lists: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int32], list[NDArray[np.int32]]]:
    """Return the item numbers of all lists, sorted, each once, and of each list where its items are among them.

    By marks in a row of all numbers, which for some thousand items takes a tenth of the time of sorting them.
    """
    place = np.zeros(1 + max((int(items.max()) for items in lists if len(items)), default=-1), np.int32)
    for items in lists:
        place[items] = 1
    once = np.flatnonzero(place).astype(np.int32)
    place[once] = np.arange(len(once), dtype=np.int32)
    return once, [place[items] for items in lists]
