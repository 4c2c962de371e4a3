"""Behaviour as the recall models read it: each user's items in order, once each."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.artifact.forward.history import History
from training.errors import UnfitExamplesError
from training.features.liking import positives, strengths
from training.interactions import Interactions


@dataclass(frozen=True, slots=True)
class Behavior:
    """N pairs of users and items, user by user; an item stands where the user last acted on it."""

    users: int
    items: int

    user: NDArray[np.int64]
    """(N,) number of the user, rising."""

    item: NDArray[np.int64]
    """(N,) number of the item."""

    strength: NDArray[np.float64]
    """(N,) sum of the strengths of the user's actions on the item."""

    positive: NDArray[np.bool_]
    """(N,) whether one of them counts as liking."""

    place: NDArray[np.int64]
    """(N,) how many of the user's items came after, from 0."""

    @classmethod
    def of(cls, interactions: Interactions) -> Self:
        """Return the interactions' behaviour. Raises UnfitExamplesError if there are fewer than two users or items."""
        users, items = len(interactions.users), len(interactions.items)
        if users < 2 or items < 2:
            raise UnfitExamplesError(
                f"{users} users and {items} items have interactions: one cannot be told from another; collect more"
            )
        pair = interactions.user.astype(np.int64) * items + interactions.item
        pairs, at = np.unique(pair, return_inverse=True)
        last = np.zeros(len(pairs), np.int64)
        np.maximum.at(last, at, np.arange(len(pair)))  # interactions stand by time
        order = np.lexsort((last, pairs // items))
        said = strengths(interactions.action, interactions.value)
        strength = np.bincount(at, said, len(pairs)).astype(np.float64, copy=False)
        positive = np.bincount(at, positives(interactions.action, interactions.value), len(pairs)) > 0
        user = (pairs // items)[order]
        ends = np.searchsorted(user, user, "right")
        return cls(
            users=users,
            items=items,
            user=user,
            item=(pairs % items)[order],
            strength=strength[order],
            positive=positive[order],
            place=ends - 1 - np.arange(len(user)),
        )

    def support(self, which: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
        """Return (I,) how many users acted on each item, or did so in the pairs where the mask is true."""
        item = self.item if which is None else self.item[which]
        return np.bincount(item, minlength=self.items)

    def matrix(self, weights: NDArray[np.floating]) -> csr_array:
        """Return (U, I) the weight of each pair, (N,); those that weigh nothing left out."""
        weighing = np.flatnonzero(weights)
        values = weights[weighing].astype(np.float32)
        return csr_array((values, (self.user[weighing], self.item[weighing])), shape=(self.users, self.items))

    def history(self, user: int, last: int) -> History:
        """Return what serving would know of the user: the `last` items with all there is, the rest by name."""
        own = np.flatnonzero(self.user == user)[::-1]
        recent, older = own[:last], own[last:]
        return History(
            items=self.item[recent],
            places=self.place[recent],
            strength=self.strength[recent],
            positive=self.positive[recent],
            older=self.item[older],
        )
