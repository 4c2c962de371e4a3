"""The sequential models as recall models: the next item's score, from the order of what was liked."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.artifact.forward import retrieval, sasrec
from training.artifact.forward.arrays import Weights
from training.artifact.forward.history import History
from training.artifact.forward.scoring import Scoring, products
from training.artifact.model import Model
from training.errors import ArtifactMismatchError


def liked(history: History, length: int) -> NDArray[np.int64]:
    """Return the last `length` items that were liked, oldest first, as the models were trained on."""
    return history.items[history.positive][:length][::-1]


@dataclass(frozen=True, slots=True)
class SASRec:
    """Self-attention over the last liked items (`forward.sasrec`)."""

    weights: Weights
    length: int

    mean: NDArray[np.float32]
    """(D,) of the items."""

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return the model of an artifact; raise ArtifactMismatchError if its items are not its words."""
        _check(model, "items")
        return cls(model.tensors, int(model.manifest.params["length"]), model.tensors["items"].mean(0))

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) the items' scores less their mean, for a logit of 0 says nothing; zeros if nothing was liked."""
        return self.scoring(history).run()

    def scoring(self, history: History) -> Scoring:
        """Return the same as work to be done."""
        items = liked(history, self.length)
        if not len(items):
            return products(self.weights["items"], np.zeros_like(self.mean))
        user = np.ascontiguousarray(sasrec.user_vectors(self.weights, items[None])[0], np.float32)
        return products(self.weights["items"], user, -float(self.mean @ user))


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Two towers over the bag of the last liked items (`forward.retrieval`)."""

    weights: Weights
    length: int
    half_life: float

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return the model of an artifact; raise ArtifactMismatchError if its vectors are not those of its words."""
        _check(model, "vectors")
        params = model.manifest.params
        return cls(model.tensors, int(params["length"]), float(params["half_life"]))

    def user(self, history: History) -> NDArray[np.float32]:
        """Return (V,) the user's unit vector; zeros for a user who liked nothing."""
        items = liked(history, self.length)
        vectors = self.weights["vectors"]
        if not len(items):
            return np.zeros(vectors.shape[1], np.float32)
        bag = retrieval.bag(vectors[items], self.half_life)
        user: NDArray[np.float32] = retrieval.user_vectors(self.weights, bag[None])[0].astype(np.float32)
        return user

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) the items' cosines with the user, -1 to 1."""
        return self.scoring(history).run()

    def scoring(self, history: History) -> Scoring:
        """Return the same as work to be done."""
        return products(self.weights["vectors"], self.user(history))


def _check(model: Model, tensor: str) -> None:
    found, count = model.tensors.get(tensor), len(model.words.get("items", ()))
    if found is None or len(found) != count:
        raise ArtifactMismatchError(f"{model.manifest.name}: no {tensor} of {count} items; train it again")
