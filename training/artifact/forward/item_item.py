"""Item-item models: a candidate's score is the sum over the user's items of how much each speaks for it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.artifact.forward.history import History, Weighting
from training.artifact.forward.scoring import Scoring
from training.artifact.model import Model
from training.errors import ArtifactMismatchError
from training.features.compiled import compiled, only_read
from training.features.native import array, native, told

_IN_USE: Final[WeakValueDictionary[bytes, csr_array]] = WeakValueDictionary()
"""Matrices of the models that are loaded, by digest. Models of one fit that weigh histories differently share theirs:
it is read twice in a request, and the second time lies in the processor's cache."""


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
            # Half of what a score has to read.
            weights.indices, weights.indptr = weights.indices.astype(np.int32), weights.indptr.astype(np.int32)
        except ValueError as error:
            raise ArtifactMismatchError(f"{model.manifest.name}: its matrix is not whole ({error})") from error
        return cls(_shared(weights), Weighting.of(model.manifest.params))

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) the items' scores for a user; 0 where nothing speaks for or against an item.

        Raises IndexError if the history names an item that the model does not know.
        """
        return self.scoring(history).run()

    def scoring(self, history: History) -> Scoring:
        """Return the same as work to be done; raise what `scores` raises."""
        items, weights = self.weighting.weigh(history, self.weights.shape[0])
        starts, columns = (part.view(np.uint32) for part in (self.weights.indptr, self.weights.indices))
        scores = np.empty(self.weights.shape[1], np.float32)
        return Scoring(scores, _sum_rows.task(starts, columns, self.weights.data, items, weights, scores))


def _shared(weights: csr_array) -> csr_array:
    """Return the matrix, or one in use that is equal to it."""
    digest = sha256()
    for part in (weights.indptr, weights.indices, weights.data):
        digest.update(part.tobytes())
    return _IN_USE.setdefault(digest.digest(), weights)


_ROWS: Final = (
    only_read("uint32"),
    only_read("uint32"),
    only_read("float32"),
    only_read("int64"),
    only_read("float32"),
    "float32[::1]",
)


@compiled(*_ROWS)
def _add_rows(
    starts: NDArray[np.uint32],
    columns: NDArray[np.uint32],
    values: NDArray[np.float32],
    rows: NDArray[np.int64],
    weights: NDArray[np.float32],
    sums: NDArray[np.float32],
) -> None:
    """Add to the sums (K,) these rows of a sparse matrix, each times its weight.

    A product of two sparse matrices would copy the rows first, and read them again.
    """
    for place in range(len(rows)):
        row, weight = rows[place], weights[place]
        for at in range(starts[row], starts[row + 1]):
            sums[columns[at]] += values[at] * weight


@native(*_ROWS)
def _sum_rows(address: int) -> None:
    argument = told(address, 6)
    sums = array(argument, 5, np.float32)
    sums[:] = 0
    _add_rows(
        array(argument, 0, np.uint32),
        array(argument, 1, np.uint32),
        array(argument, 2, np.float32),
        array(argument, 3, np.int64),
        array(argument, 4, np.float32),
        sums,
    )


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
