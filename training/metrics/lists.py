"""Metrics of lists: one number for each user, whose mean over users is the metric's value.

Relevance is binary. NDCG: Järvelin, Kekäläinen: Cumulated Gain-Based Evaluation of IR Techniques. 2002; the ideal list
has min(k, relevant) hits at its head. Novelty: Zhou et al.: Solving the Apparent Diversity-Accuracy Dilemma of
Recommender Systems. 2010.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hits:
    """Where the lists of U users hit what was relevant to them."""

    hits: NDArray[np.bool_]
    """(U, K) whether the item at each place was relevant; false beyond a list's end."""

    relevant: NDArray[np.int64]
    """(U,) how many items were relevant, at least 1."""

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]], relevant: Sequence[Collection[str]], k: int) -> Self:
        """Return the hits among the first `k` of each list. An item that stands twice in a list counts once.

        Raises ValueError if a user has nothing relevant, or there are not as many lists as users.
        """
        hits = np.zeros((len(lists), k), np.bool_)
        for row, own, wanted in zip(hits, lists, relevant, strict=True):
            if not wanted:
                raise ValueError("a user to whom nothing is relevant has no metrics; leave such users out")
            left = set(wanted)
            for place, item in enumerate(own[:k]):
                if item in left:
                    row[place] = True
                    left.remove(item)
        return cls(hits, np.array([len(set(wanted)) for wanted in relevant], np.int64))

    def ndcg(self, k: int) -> Values:
        """Return (U,) the discounted gain of the first k over that of an ideal list, 0 to 1."""
        k = min(k, self.hits.shape[1])
        discounts = 1 / np.log2(np.arange(2, k + 2))
        ideal: Values = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(self.relevant, k)]
        gain: Values = np.asarray(self.hits[:, :k] @ discounts, np.float64) / ideal
        return gain

    def hit_rate(self, k: int) -> Values:
        """Return (U,) 1 if one of the first k was relevant, else 0."""
        return np.asarray(self.hits[:, :k].any(axis=1), np.float64)

    def recall(self, k: int) -> Values:
        """Return (U,) the share of what was relevant that stands among the first k, 0 to 1."""
        found = self.hits[:, :k].sum(axis=1, dtype=np.float64)
        recall: Values = found / self.relevant
        return recall

    def mrr(self) -> Values:
        """Return (U,) 1 / place of the first relevant one, from 1; 0 where there is none."""
        first: Values = np.where(self.hits.any(axis=1), 1 / (self.hits.argmax(axis=1) + 1.0), 0.0)
        return first


def coverage(lists: Sequence[Sequence[str]], items: int, k: int) -> float:
    """Return the share of `items` items that stand among the first k of somebody's list, 0 to 1."""
    return len({item for own in lists for item in own[:k]}) / items if items else 0.0


def novelty(lists: Sequence[Sequence[str]], shares: Mapping[str, float], k: int) -> Values:
    """Return (U,) the mean self-information of the first k items in bits: -log2 of the share of users who know each.

    Args:
        lists: a list for each user; an empty one has novelty 0.
        shares: by item, the share of users who acted on it before, above 0.
        k: places that count.

    An item that nobody acted on counts as known by as many as the least known one.
    """
    least = min(shares.values(), default=1.0)
    return np.array(
        [np.mean([-np.log2(shares.get(item, least)) for item in own[:k]]) if own[:k] else 0.0 for own in lists],
        np.float64,
    )
