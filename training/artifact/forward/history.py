"""History: what a user did, as recall models read it, and how much each interaction weighs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from training.errors import ArtifactMismatchError
from training.features.compiled import compiled, only_read
from training.features.liking import positives, strengths

Liking: TypeAlias = Literal["graded", "positive", "any"]

_LIKINGS: Final = {liking: place for place, liking in enumerate(get_args(Liking))}

_GRADE: Final = 2.5
"""Strength that counts fully: between a like and a favourite, or more than five stars."""

_GRADED_FROM: Final = -1.0
"""Strength that counts nothing, two stars: whoever took the trouble to rate it at three was drawn to it."""


@dataclass(frozen=True, slots=True)
class History:
    """A user's interactions with items that the model knows; numbers are the model's own."""

    items: NDArray[np.int64]
    """(M,) item numbers, the latest first, none twice."""

    places: NDArray[np.int64]
    """(M,) how many of the user's items came after each, from 0; items that the model does not know count, too."""

    strength: NDArray[np.float64]
    """(M,) how much the user's actions speak for each item, negative against it (`training.features.liking`)."""

    positive: NDArray[np.bool_]
    """(M,) whether one of the actions counts as liking."""

    older: NDArray[np.int64]
    """(S,) further items that the user acted on, of which nothing else is known."""

    def __len__(self) -> int:
        return len(self.items) + len(self.older)

    @classmethod
    def of(
        cls,
        items: NDArray[np.int32],
        actions: NDArray[np.int64],
        values: NDArray[np.int64],
        older: NDArray[np.int64],
    ) -> Self:
        """Return a history, in the numbers that it is given in: an item's latest action gives its place, all of them
        its strength.

        Args:
            items: (N,) the latest first; one may stand in it several times.
            actions: (N,) and `values` (N,) as of `training.features.liking.strengths`.
            values: (N,)
            older: (S,) further items.
        """
        once, first, at = np.unique(items, return_index=True, return_inverse=True)
        order = np.argsort(first)  # the latest first
        strength = np.bincount(at, strengths(actions, values), len(once)).astype(np.float64)[order]
        positive = np.bincount(at, positives(actions, values), len(once))[order] > 0
        return cls(once[order].astype(np.int64), np.arange(len(once)), strength, positive, older)

    def renumbered(self, number: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> Self:
        """Return the history in other numbers: `number` gives them, -1 for an item that is then left out."""
        items, older = number(self.items), number(self.older)
        known = items >= 0
        older = older[older >= 0]
        if known.all():
            return type(self)(items, self.places, self.strength, self.positive, older)
        return type(self)(items[known], self.places[known], self.strength[known], self.positive[known], older)

    @classmethod
    def none(cls) -> Self:
        """Return the history of a new user."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, np.empty(0), np.empty(0, np.bool_), nothing)


@dataclass(frozen=True, slots=True)
class Weighting:
    """How much each interaction of a history weighs: by what it says, and by its place."""

    liking: Liking
    """`graded`: by strength, negative where the user disliked; `positive`: 1 where it was liked; `any`: 1."""

    power: float = 0.0
    """The weight falls as 1 / (place + 3) ** power."""

    half_life: float = 0.0
    """Places after which the weight is half of what it was; 0: never."""

    older: float = 0.0
    """Weight of each item beyond those whose place is known."""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Self:
        """Return the weighting that a manifest's parameters name. Raises ArtifactMismatchError if they do not."""
        try:
            given = {name: params[f"history_{name}"] for name in cls.__slots__}
        except KeyError as missing:
            raise ArtifactMismatchError(
                f"the manifest lacks the parameter {missing}; fit the model again"
            ) from missing
        if given["liking"] not in get_args(Liking):
            raise ArtifactMismatchError(f"history_liking is {given['liking']!r}, not one of {get_args(Liking)}")
        return cls(**given)

    @property
    def params(self) -> dict[str, int | float | str | bool]:
        """Parameters of a manifest, from which `of` makes this again."""
        return {f"history_{name}": getattr(self, name) for name in self.__slots__}

    def weigh(self, history: History, known: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return items (W,) and the weight of each (W,), those that weigh nothing left out.

        Raises IndexError if one of them is none of the model's, which are numbered from 0 to `known` - 1: no compiled
        loop looks, and would read what lies elsewhere.
        """
        most = len(history)
        items, weights, count = np.empty(most, np.int64), np.empty(most, np.float32), np.zeros(2, np.int64)
        kept = history.items, history.places, history.strength, history.positive, history.older
        _weigh(*kept, _LIKINGS[self.liking], self.power, self.half_life, self.older, known, items, weights, count)
        size, strange = count.tolist()
        if strange:
            raise IndexError(f"the history holds {strange} items that are none of the {known} of the model")
        return items[:size], weights[:size]


@compiled(
    only_read("int64"),
    only_read("int64"),
    only_read("float64"),
    only_read("bool_"),
    only_read("int64"),
    "int64",
    "float64",
    "float64",
    "float64",
    "int64",
    "int64[::1]",
    "float32[::1]",
    "int64[::1]",
)
def _weigh(
    items: NDArray[np.int64],
    places: NDArray[np.int64],
    strength: NDArray[np.float64],
    positive: NDArray[np.bool_],
    older: NDArray[np.int64],
    liking: int,
    power: float,
    half_life: float,
    older_weight: float,
    known: int,
    weighing: NDArray[np.int64],
    weights: NDArray[np.float32],
    count: NDArray[np.int64],
) -> None:
    """Write what weighs anything, and how much: of the items (M,), then of the older ones (S,).

    Args:
        items: (M,) as in `History`; so are `places`, `strength`, `positive` and `older`.
        places: (M,)
        strength: (M,)
        positive: (M,)
        older: (S,)
        liking: its place in `Liking`.
        power: as in `Weighting`; so are `half_life` and `older_weight`.
        half_life: 0 for none.
        older_weight: of each older item.
        known: how many items the model has.
        weighing: (M + S,) to be filled in front.
        weights: (M + S,) to be filled in front.
        count: (2,) zeros; becomes how many weigh anything, and how many of them the model does not have.
    """
    size = 0
    for at in range(len(items)):
        if liking == 0:
            liked = min(max((strength[at] - _GRADED_FROM) / _GRADE, -1.0), 1.2)
        elif liking == 1:
            liked = 1.0 if positive[at] else 0.0
        else:
            liked = 1.0
        weight = liked / (places[at] + 3.0) ** power
        if half_life > 0:
            weight *= 0.5 ** (places[at] / half_life)
        weighing[size], weights[size] = items[at], weight
        size += weights[size] != 0
    for at in range(len(older)):
        weighing[size], weights[size] = older[at], older_weight
        size += weights[size] != 0
    count[0] = size
    for item in weighing[:size]:
        count[1] += not 0 <= item < known
