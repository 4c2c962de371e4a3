"""Sequences: what each user took, in order, which is what the sequential models read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.interactions import Interactions


@dataclass(frozen=True, slots=True)
class Sequences:
    """What U users took, oldest first: positive interactions, each item once, at its first time."""

    items: NDArray[np.int64]
    """(M,) item numbers, a user's next to each other."""

    starts: NDArray[np.intp]
    """(U + 1,) where each user's start, and where the last one's end. Users without any are left out."""

    @classmethod
    def of(cls, interactions: Interactions) -> "Sequences":
        """Return the sequences of the interactions' users."""
        taken = interactions.take(interactions.positive)
        pair = taken.user.astype(np.int64) * max(len(interactions.items), 1) + taken.item
        _, first = np.unique(pair, return_index=True)
        first.sort()  # by time again: `take` keeps the order
        user, item = taken.user[first], taken.item[first].astype(np.int64)
        order = np.argsort(user, kind="stable")
        changes = np.flatnonzero(np.diff(user[order])) + 1
        starts = np.concatenate(([0], changes, [len(order)])) if len(order) else np.zeros(1)
        return cls(item[order], starts.astype(np.intp))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def windows(self, users: NDArray[np.intp], length: int, back: int = 0) -> NDArray[np.int64]:
        """Return (N, length) the last items of these users but for the `back` very last; -1 in front where shorter."""
        places = self.starts[1:][users][:, None] - back - length + np.arange(length)
        real = places >= self.starts[:-1][users][:, None]
        return np.where(real, self.items[np.maximum(places, 0)], -1)

    def last(self, users: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return (N,) the last item of each of these users."""
        newest: NDArray[np.int64] = self.items[self.starts[1:][users] - 1]
        return newest

    def long_enough(self, least: int) -> NDArray[np.intp]:
        """Return the numbers of the users with at least so many items."""
        return np.flatnonzero(np.diff(self.starts) >= least)


def next_item_gain(scores: NDArray[np.float32], histories: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Return NDCG@10 of each user's one next item among those not in the history, the mean over users.

    Args:
        scores: (N, I).
        histories: (N, L) item numbers, -1 for none.
        truth: (N,) the item that came next.
    """
    rows = np.arange(len(truth))
    own = scores[rows, truth]
    hidden = scores.copy()
    user, place = np.nonzero(histories >= 0)
    hidden[user, histories[user, place]] = -np.inf
    hidden[rows, truth] = -np.inf
    place_of = (hidden >= own[:, None]).sum(1)  # ties stand before it, so a constant gains nothing
    return float(np.where(place_of < 10, 1 / np.log2(place_of + 2), 0).mean())
