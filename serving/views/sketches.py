"""Sketches: which items were liked by the same users, estimated from a sample of each item's users.

A row of `item_neighbors` holds the k smallest hashes of the users who liked an item: a bottom-k sketch. The hash is
the same for all items, so two sketches sample the same users (coordinated sketches: E. Cohen and H. Kaplan,
"Summarizing data using bottom-k sketches", PODC 2007), and what they have in common estimates what the items have.

A sketch with a greatest hash of `p` * 2**64 holds every user of the item whose hash is at most that: the share `p` of
them (1 while fewer than k liked it: then all is exact). So of n users about |sketch| / p, and of two items' common
users about |common hashes| / min(p, p'), since a common hash is at most the smaller of the two greatest.

    similarity(a, b) = common / sqrt((n_a + shrinkage) * (n_b + shrinkage))

the cosine of the two items' users, which the shrinkage lowers for items of few users. Kept in the norms rather than
in each pair, it lets all seeds be summed up before their users' items are looked at.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.views.column import Column
from serving.views.postings import Postings

SKETCH_SIZE: Final = 256
"""k of `item_neighbors`: a row with so many users is a sample, one with fewer holds all."""

_NOBODY: Final = np.empty(0, np.uint64)
_NOTHING: Final = np.empty(0, np.int32)
_HASHES: Final = 2.0**64


class Sketches:
    """One tenant's sketches by item number, and their inverse: the items by user hash."""

    def __init__(self, shrinkage: float) -> None:
        """Make an empty set; the shrinkage is in users, 0 or more."""
        self._shrinkage = shrinkage
        self._users: list[NDArray[np.uint64]] = []
        self._items: Postings[int] = Postings()
        self._norm: Column[np.float64] = Column(np.float64, 0.0)
        self._scale: Column[np.float64] = Column(np.float64, 1.0)

    def put(self, item: int, users: NDArray[np.uint64]) -> None:
        """Let the item's sketch be these hashes, sorted, at most SKETCH_SIZE; counted from `commit` on."""
        if item >= len(self._users):
            self._norm.reserve(item + 1)
            self._scale.reserve(item + 1)
            self._users.extend(_NOBODY for _ in range(item + 1 - len(self._users)))
        before, now = self._users[item].tolist(), users.tolist()
        self._items.change(item, set(before).difference(now), present=False)
        self._items.change(item, set(now).difference(before), present=True)
        self._users[item] = users
        self._scale[item] = _scale(users)
        self._norm[item] = self._norm_of(len(users) * self._scale[item])

    def commit(self) -> None:
        """Make the items of the users of what was put so far visible."""
        self._items.commit()

    def similar(self, seeds: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (I,) for each item its similarities to the seeds, summed with their weights; seeds included.

        Args:
            seeds: (S,) item numbers, none twice.
            weights: (S,) what each counts, above 0.
        """
        items = len(self._users)
        scale, norm = self._scale.head(items), self._norm.head(items)
        known = seeds < items
        chosen = [
            _Seed(self._users[seed], float(scale[seed]), weight * float(norm[seed]))
            for seed, weight in zip(seeds[known].tolist(), weights[known].tolist(), strict=True)
        ]
        whole = [seed for seed in chosen if len(seed.users) < SKETCH_SIZE]
        sampled = [seed for seed in chosen if len(seed.users) == SKETCH_SIZE]
        return (self._votes_of_whole(whole, scale) + self._votes_of_sampled(sampled, scale)) * norm

    def _votes_of_whole(self, seeds: Sequence["_Seed"], scale: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (I,) the common users with seeds whose users are all known; who likes several is looked at once."""
        if not seeds:
            return np.zeros(len(scale))
        likes = np.repeat([seed.weight for seed in seeds], [len(seed.users) for seed in seeds])
        users, at = np.unique(np.concatenate([seed.users for seed in seeds]), return_inverse=True)
        lists = [self._items[user] for user in users.tolist()]
        weights = np.repeat(np.bincount(at, likes, len(users)), [len(items) for items in lists]).astype(
            np.float64, copy=False
        )
        return _summed(np.concatenate([_NOTHING, *lists]), weights, len(scale)) * scale

    def _votes_of_sampled(self, seeds: Sequence["_Seed"], scale: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (I,) the common users with seeds that are samples; of a pair the smaller sample sets the scale."""
        if not seeds:
            return np.zeros(len(scale))
        lists = [[self._items[user] for user in seed.users.tolist()] for seed in seeds]
        sizes = [sum(map(len, of_seed)) for of_seed in lists]
        items = np.concatenate([_NOTHING, *chain.from_iterable(lists)])
        own = np.repeat([seed.scale for seed in seeds], sizes)
        weights = np.repeat([seed.weight for seed in seeds], sizes)
        return _summed(items, weights * np.maximum(own, scale.take(items, mode="clip")), len(scale))

    def _norm_of(self, users: float) -> float:
        return float(1 / np.sqrt(users + self._shrinkage)) if users else 0.0


class _Seed(NamedTuple):
    users: NDArray[np.uint64]
    scale: float
    weight: float


def _scale(users: NDArray[np.uint64]) -> float:
    """Return how many users one hash of the sketch stands for: 1 / p, and 1 where it is not full."""
    return _HASHES / max(float(users[-1]), 1.0) if len(users) == SKETCH_SIZE else 1.0


def _summed(items: NDArray[np.int32], weights: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return (count,) the sum of the weights at each item number; an item that came since is left out."""
    return np.bincount(items, weights, count)[:count].astype(np.float64, copy=False)
