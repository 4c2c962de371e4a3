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

from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.views.column import Column
from serving.views.segments import Segments
from training.features.compiled import compiled, only_read
from training.features.distinct import distinct

SKETCH_SIZE: Final = 256
"""k of `item_neighbors`: a row with so many users is a sample, one with fewer holds all."""

_NOBODY: Final = np.empty(0, np.int32)
_HASHES: Final = 2.0**64


class Sketches:
    """One tenant's sketches by item number, and their inverse: the items by user.

    Users are numbered at first sight, so that what all of them liked lies in one array. Who is in no sketch any more
    loses the number, which nobody is given again: 16 bytes stay.
    """

    def __init__(self, shrinkage: float) -> None:
        """Make an empty set; the shrinkage is in users, 0 or more."""
        self._shrinkage = shrinkage
        self._numbers: dict[int, int] = {}
        """By hash."""

        self._hashes: Column[np.uint64] = Column(np.uint64, 0)
        self._count = 0
        self._users: list[NDArray[np.int32]] = []
        """By item, in the order of their hashes."""

        self._items = Segments()
        self._norm: Column[np.float64] = Column(np.float64, 0.0)
        self._scale: Column[np.float64] = Column(np.float64, 1.0)
        self._changed: list[tuple[int, NDArray[np.int32], bool]] = []

    def put(self, item: int, users: NDArray[np.uint64]) -> None:
        """Let the item's sketch be these hashes, sorted, at most SKETCH_SIZE; counted from `commit` on."""
        if item >= len(self._users):
            self._norm.reserve(item + 1)
            self._scale.reserve(item + 1)
            self._users.extend(_NOBODY for _ in range(item + 1 - len(self._users)))
        now = np.fromiter(map(self._number, users.tolist()), np.int32, len(users))
        self._changed += [(item, self._users[item], False), (item, now, True)]
        self._users[item] = now
        self._scale[item] = _scale(users)
        self._norm[item] = self._norm_of(len(users) * self._scale[item])

    def commit(self) -> None:
        """Make the items of the users of what was put so far visible."""
        if not self._changed:
            return
        items, users, present = zip(*self._changed, strict=True)
        self._changed.clear()
        sizes = [len(each) for each in users]
        changed = np.repeat(np.array(items, np.int32), sizes), np.repeat(np.array(present, np.bool_), sizes)
        for number in self._items.change(np.concatenate(users), *changed).tolist():
            del self._numbers[int(self._hashes[number])]

    def _number(self, user: int) -> int:
        known = self._numbers.get(user)
        if known is not None:
            return known
        number, self._count = self._count, self._count + 1
        self._hashes.reserve(self._count)
        self._hashes[number] = user
        self._numbers[user] = number
        return number

    def similar(self, seeds: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (I,) for each item its similarities to the seeds, summed with their weights; seeds included.

        Args:
            seeds: (S,) item numbers, none twice.
            weights: (S,) what each counts, above 0.
        """
        items = len(self._users)
        scale, norm = self._scale.head(items), self._norm.head(items)
        known = seeds < items
        seeds, weights = seeds[known], weights[known] * norm[seeds[known]]
        lists = [self._users[seed] for seed in seeds.tolist()]
        sizes = np.array([len(each) for each in lists], np.intp)
        users = np.concatenate([_NOBODY, *lists])
        likes, own = np.repeat(weights, sizes), np.repeat(scale[seeds], sizes)
        sampled = np.repeat(sizes == SKETCH_SIZE, sizes)
        whole, whole_likes = self._each_once(users[~sampled], likes[~sampled])
        votes = np.zeros(items)
        begins, lengths, liked = self._items.where(np.concatenate((whole, users[sampled])))
        parts = begins.view(np.uint64), lengths.view(np.uint64), liked.view(np.uint32)
        _add_votes(*parts, np.concatenate((whole_likes, likes[sampled])), own[sampled], scale, votes)
        return votes * norm

    def _each_once(
        self, users: NDArray[np.int32], likes: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the users once each, with the sum of their likes: who likes several seeds is looked at once.

        As the seeds and their users come: sums of floating point depend on the order, and numbers on what came first.
        """
        at, first = distinct(users.astype(np.uint64))
        return users[first], np.bincount(at, likes, len(first)).astype(np.float64, copy=False)

    def _norm_of(self, users: float) -> float:
        return float(1 / np.sqrt(users + self._shrinkage)) if users else 0.0


def _scale(users: NDArray[np.uint64]) -> float:
    """Return how many users one hash of the sketch stands for: 1 / p, and 1 where it is not full."""
    return _HASHES / max(float(users[-1]), 1.0) if len(users) == SKETCH_SIZE else 1.0


@compiled(
    only_read("uint64"),
    only_read("uint64"),
    only_read("uint32"),
    only_read("float64"),
    only_read("float64"),
    only_read("float64"),
    "float64[::1]",
)
def _add_votes(
    begins: NDArray[np.uint64],
    lengths: NDArray[np.uint64],
    items: NDArray[np.uint32],
    weights: NDArray[np.float64],
    own: NDArray[np.float64],
    scale: NDArray[np.float64],
    votes: NDArray[np.float64],
) -> None:
    """Add each user's weight to the votes (I,) of all items of the user, times the scale of the smaller sample.

    Args:
        begins: (U,) where the items of each user begin in `items`, and `lengths` (U,) how many they are.
        lengths: (U,)
        items: (V,) item numbers; one that came since is left out.
        weights: (U,) what each user counts.
        own: (S,) the scale of the seed that the user is from, of the last S; the others' is 1, the least there is.
        scale: (I,) of each item.
        votes: (I,) zeros.
    """
    whole, known = np.uint64(len(begins) - len(own)), np.uint64(len(votes))
    for user in range(whole):  # of most users: they are scaled together
        for at in range(begins[user], begins[user] + lengths[user]):
            if items[at] < known:
                votes[items[at]] += weights[user]
    for item in range(known):
        votes[item] *= scale[item]
    for sampled in range(np.uint64(len(own))):
        user = whole + sampled
        for at in range(begins[user], begins[user] + lengths[user]):
            item = items[at]
            if item < known:
                votes[item] += weights[user] * max(own[sampled], scale[item])
