"""History: what a user did, as recall models read it, and how much each interaction weighs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from training.errors import ArtifactMismatchError
from training.features.liking import positives, strengths

Liking: TypeAlias = Literal["graded", "positive", "any"]

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

    def weigh(self, history: History) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return items (W,) and the weight of each (W,), those that weigh nothing left out."""
        weights = self._liked(history) / (history.places + 3.0) ** self.power
        if self.half_life:
            weights = weights * np.exp2(-history.places / self.half_life)
        items = np.concatenate([history.items, history.older])
        whole = np.concatenate([weights, np.full(len(history.older), self.older)]).astype(np.float32)
        weighing = np.flatnonzero(whole)
        return items[weighing], whole[weighing]

    def _liked(self, history: History) -> NDArray[np.float64]:
        if self.liking == "graded":
            return np.clip((history.strength - _GRADED_FROM) / _GRADE, -1.0, 1.2)
        if self.liking == "positive":
            return history.positive.astype(np.float64)
        return np.ones(len(history.items))
