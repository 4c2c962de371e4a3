"""Embedding: what a released model makes of items and of a user's history, as vectors whose product is the score."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from schemas.packing import RECENT
from schemas.records import UserActivity
from training.artifact.forward.als import ALS
from training.artifact.forward.history import History
from training.artifact.forward.retrieval import item_vectors
from training.artifact.forward.sequential import Retrieval
from training.artifact.forward.shares import tag_shares
from training.artifact.model import Model
from training.errors import ArtifactMismatchError

Described = tuple[str, Sequence[str]]
"""An item: its id, and its categories and tags."""


class Embedder(Protocol):
    """The role of a model that makes vectors."""

    @property
    def dimension(self) -> int:
        """V: how many numbers a vector has."""
        ...

    @property
    def vectors(self) -> NDArray[np.float32]:
        """(K, V) of the items that it was fitted on, in the order of its words, as they were then."""
        ...

    @property
    def numbers(self) -> Mapping[str, int]:
        """The model's number of each item that it was fitted on."""
        ...

    def items(self, items: Sequence[Described]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return (N, V) the items' vectors, and (N,) of which of them the model can say anything."""
        ...

    def user(self, history: History) -> NDArray[np.float32]:
        """Return (V,) the user's vector; zeros if the history says nothing to the model."""
        ...


@dataclass(frozen=True, slots=True)
class _Towers:
    """Two-tower retrieval: a new item is known by its tags, a changed one by its new ones."""

    model: Retrieval
    numbers: Mapping[str, int]
    words: Sequence[str]

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return what embeds by the artifact; raise ArtifactMismatchError if it lacks a tensor."""
        identities, items = model.tensors.get("identities"), model.words.get("items", ())
        if identities is None or len(identities) != len(items):
            raise ArtifactMismatchError(f"{model.manifest.name}: no identities of {len(items)} items; train it again")
        return cls(Retrieval.of(model), _numbers(items), model.words.get("tags", ()))

    @property
    def dimension(self) -> int:
        return int(self.vectors.shape[1])

    @property
    def vectors(self) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self.model.weights["vectors"]
        return vectors

    def items(self, items: Sequence[Described]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        identities = self.model.weights["identities"]
        numbers = np.fromiter((self.numbers.get(item, -1) for item, _ in items), np.int64, len(items))
        own = np.where(numbers[:, None] >= 0, identities[numbers], np.float32(0))
        shares = tag_shares([tags for _, tags in items], self.words)
        vectors = item_vectors(self.model.weights, own, shares).astype(np.float32)
        return vectors, (numbers >= 0) | shares.any(1)

    def user(self, history: History) -> NDArray[np.float32]:
        return self.model.user(history)


@dataclass(frozen=True, slots=True)
class _Factors:
    """ALS: the factors of the items that it was fitted on; it knows nothing of others."""

    model: ALS
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return what embeds by the artifact; raise ArtifactMismatchError if it lacks a tensor."""
        return cls(ALS.of(model), _numbers(model.words["items"]))

    @property
    def dimension(self) -> int:
        return int(self.vectors.shape[1])

    @property
    def vectors(self) -> NDArray[np.float32]:
        return self.model.factors

    def items(self, items: Sequence[Described]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        numbers = np.fromiter((self.numbers.get(item, -1) for item, _ in items), np.int64, len(items))
        return self.model.factors[numbers], numbers >= 0

    def user(self, history: History) -> NDArray[np.float32]:
        return self.model.user(history)


EMBEDDERS: Final[Mapping[str, Callable[[Model], Embedder]]] = {"retrieval": _Towers.of, "als": _Factors.of}
"""By kind of model, what makes vectors by it; each raises ArtifactMismatchError if the artifact does not fit."""


def history_of(row: UserActivity, erased_at: int, numbers: Mapping[str, int]) -> History:
    """Return what a user's row of activity says: the last 50 interactions, those before an erasure left out.

    Args:
        row: of `user_activity`.
        erased_at: milliseconds; -1 where the user asked for no erasure.
        numbers: the model's number of each item that it knows.
    """
    entries = RECENT.view(row.recent)
    kept = np.flatnonzero(entries["time"] > erased_at)
    items = [row.recent_items[place] for place in kept.tolist()]
    once = list(dict.fromkeys(items))
    place = {item: number for number, item in enumerate(once)}
    model_numbers = np.fromiter((numbers.get(item, -1) for item in once), np.int64, len(once))
    places = np.fromiter((place[item] for item in items), np.int32, len(items))
    history = History.of(places, entries["action"][kept], entries["value"][kept], np.empty(0, np.int64))
    return history.renumbered(lambda these: model_numbers[these])


def _numbers(items: Sequence[str]) -> dict[str, int]:
    return {item: number for number, item in enumerate(items)}
