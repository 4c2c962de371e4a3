"""Recall models by kind: each scores all its items for a history."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from training.artifact.forward.als import ALS
from training.artifact.forward.history import History
from training.artifact.forward.item_item import ItemItem
from training.artifact.forward.scoring import Scoring
from training.artifact.forward.sequential import Retrieval, SASRec
from training.artifact.model import Model


class RecallModel(Protocol):
    """The role of a recall model."""

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) a score of each item that the model knows, in its words' order; only greater ones count as said
        for it, and those that are not above 0 are never proposed."""
        ...

    def scoring(self, history: History) -> Scoring:
        """Return the same scores as work to be done."""
        ...


RECALL_MODELS: Final[Mapping[str, Callable[[Model], RecallModel]]] = {
    "ease": ItemItem.of,
    "transitions": ItemItem.of,
    "als": ALS.of,
    "sasrec": SASRec.of,
    "retrieval": Retrieval.of,
}
"""How a model of each kind is made of its artifact; each raises ArtifactMismatchError if that does not fit."""
