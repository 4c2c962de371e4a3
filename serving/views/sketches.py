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
from training.artifact.forward.scoring import Scoring
from training.features.compiled import compiled, only_read
from training.features.distinct import distinct
from training.features.native import array, native, told

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

    def similar(self, seeds: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return (I,) for each item its similarities to the seeds, summed with their weights; seeds included.

        Args:
            seeds: (S,) item numbers, none twice.
            weights: (S,) what each counts, above 0.
        """
        return self.scoring(seeds, weights).run()

    def scoring(self, seeds: NDArray[np.int32], weights: NDArray[np.float64]) -> Scoring:
        """Return the same as work to be done, of what is known now."""
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
        begins, lengths, liked = self._items.where(np.concatenate((whole, users[sampled])))
        scores = np.empty(items, np.float32)
        task = _score.task(
            begins.view(np.uint64),
            lengths.view(np.uint64),
            liked.view(np.uint32),
            np.concatenate((whole_likes, likes[sampled])),
            own[sampled],
            scale,
            norm,
            np.empty(items),
            scores,
        )
        return Scoring(scores, task)

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


_VOTING: Final = (
    only_read("uint64"),
    only_read("uint64"),
    only_read("uint32"),
    only_read("float64"),
    only_read("float64"),
    only_read("float64"),
    only_read("float64"),
    "float64[::1]",
    "float32[::1]",
)


@compiled(*_VOTING)
def _vote(
    begins: NDArray[np.uint64],
    lengths: NDArray[np.uint64],
    items: NDArray[np.uint32],
    weights: NDArray[np.float64],
    own: NDArray[np.float64],
    scale: NDArray[np.float64],
    norm: NDArray[np.float64],
    votes: NDArray[np.float64],
    scores: NDArray[np.float32],
) -> None:
    """Score each item (I,): the weights of all its users, each times the scale of the smaller sample, times its norm.

    Args:
        begins: (U,) where the items of each user begin in `items`, and `lengths` (U,) how many they are.
        lengths: (U,)
        items: (V,) item numbers; one that came since is left out.
        weights: (U,) what each user counts.
        own: (S,) the scale of the seed that the user is from, of the last S; the others' is 1, the least there is.
        scale: (I,) of each item.
        norm: (I,) of each item.
        votes: (I,) to compute in.
        scores: (I,) to be filled.
    """
    sampled, known = np.uint64(len(begins) - len(own)), np.uint64(len(scores))
    votes[:] = 0
    for user in range(sampled):  # of most users: they are scaled together
        for at in range(begins[user], begins[user] + lengths[user]):
            if items[at] < known:
                votes[items[at]] += weights[user]
    for item in range(known):
        votes[item] *= scale[item]
    for user in range(sampled, np.uint64(len(begins))):
        for at in range(begins[user], begins[user] + lengths[user]):
            if items[at] < known:
                votes[items[at]] += weights[user] * max(own[user - sampled], scale[items[at]])
    for item in range(known):
        scores[item] = votes[item] * norm[item]


@native(*_VOTING)
def _score(address: int) -> None:
    argument = told(address, 9)
    _vote(
        array(argument, 0, np.uint64),
        array(argument, 1, np.uint64),
        array(argument, 2, np.uint32),
        array(argument, 3, np.float64),
        array(argument, 4, np.float64),
        array(argument, 5, np.float64),
        array(argument, 6, np.float64),
        array(argument, 7, np.float64),
        array(argument, 8, np.float32),
    )
