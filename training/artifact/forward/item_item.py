"""Item-item models: a candidate's score is the sum over the user's items of how much each speaks for it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.artifact.forward.history import History, Weighting
from training.artifact.model import Model
from training.errors import ArtifactMismatchError


@dataclass(frozen=True, slots=True)
class ItemItem:
    """A sparse matrix of weights between K items, and how it weighs a history."""

    weights: csr_array
    """(K, K) float32: row i says what item i in the history adds to each candidate."""

    weighting: Weighting

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return the model of an artifact with tensors `indptr` (K + 1,), `indices` (N,) and `values` (N,).

        Raises ArtifactMismatchError if they do not fit together, or with the words `items` (K,).
        """
        indptr, indices, values = (model.tensors.get(name) for name in ("indptr", "indices", "values"))
        count = len(model.words.get("items", ()))
        if indptr is None or indices is None or values is None or len(indptr) != count + 1:
            raise ArtifactMismatchError(f"{model.manifest.name}: no item-item matrix of {count} items; fit it again")
        try:
            weights = csr_array((values, indices, indptr), shape=(count, count))
            weights.check_format(full_check=True)
            weights.indices = weights.indices.astype(np.int32)  # half of what a score has to read
        except ValueError as error:
            raise ArtifactMismatchError(f"{model.manifest.name}: its matrix is not whole ({error})") from error
        return cls(weights, Weighting.of(model.manifest.params))

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) the items' scores for a user; 0 where nothing speaks for or against an item."""
        items, weights = self.weighting.weigh(history)
        indptr, indices, data = self.weights.indptr, self.weights.indices, self.weights.data
        count = self.weights.shape[0]
        if not len(items):
            return np.zeros(count, np.float32)
        # By hand: scipy's product of two sparse matrices goes through all of it twice, and sorts out its format first.
        begins, ends = indptr[items], indptr[items + 1]
        rows = [slice(*bounds) for bounds in zip(begins.tolist(), ends.tolist(), strict=True)]
        said = np.concatenate([data[row] for row in rows]) * np.repeat(weights, ends - begins)
        return np.bincount(np.concatenate([indices[row] for row in rows]), said, count).astype(np.float32)


def strongest(matrix: NDArray[np.float32], count: int) -> csr_array:
    """Return the matrix with only the `count` greatest weights by magnitude of each column, and no zeros.

    By column, so that every candidate keeps what speaks most for it: by row, a rare item would lose all.
    """
    size = len(matrix)
    if count < size:
        magnitude = np.abs(matrix)
        least = np.partition(magnitude, size - count, axis=0)[size - count]
        matrix = np.where(magnitude >= least, matrix, np.float32(0))
    return csr_array(matrix)
