"""ALS: implicit feedback as the product of users' and items' factors; the user's are solved at the request.

Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets. ICDM 2008.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from training.artifact.forward.history import History, Weighting
from training.artifact.forward.scoring import Scoring, add_products
from training.artifact.model import Model
from training.errors import ArtifactMismatchError
from training.features.compiled import compiled, only_read
from training.features.native import array, native, told


@dataclass(frozen=True, slots=True)
class ALS:
    """Factors of K items; a user's are the least-squares answer to the history, so new behaviour counts at once."""

    factors: NDArray[np.float32]
    """(K, F)."""

    gram: NDArray[np.float64]
    """(F, F) factors.T @ factors, with the regularization on its diagonal."""

    confidence: float
    """What an interaction of weight 1 adds to the confidence of 1 that everything has."""

    weighting: Weighting

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return the model of an artifact with the tensor `items` (K, F), its regularization and confidence.

        Raises ArtifactMismatchError if they are not there, or do not fit the words `items` (K,).
        """
        factors, count = model.tensors.get("items"), len(model.words.get("items", ()))
        if factors is None or factors.ndim != 2 or len(factors) != count:
            raise ArtifactMismatchError(f"{model.manifest.name}: it has no factors of {count} items; fit it again")
        params = model.manifest.params
        if not {"regularization", "confidence"} <= params.keys():
            raise ArtifactMismatchError(
                f"{model.manifest.name}: regularization or confidence is missing; fit it again"
            )
        wide = factors.astype(np.float64)
        gram = wide.T @ wide + float(params["regularization"]) * np.eye(wide.shape[1])
        narrow = np.ascontiguousarray(factors, np.float32)
        return cls(narrow, gram, float(params["confidence"]), Weighting.of(params))

    def user(self, history: History) -> NDArray[np.float32]:
        """Return (F,) the user's factors; zeros for a history that weighs nothing.

        Raises IndexError if the history names an item that the model does not know.
        """
        user = np.empty(self.factors.shape[1], np.float32)
        items, weights = self.weighting.weigh(history, len(self.factors))
        _solve(self.factors, self.gram, items, self._extra(weights), self._room(), user)
        return user

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) how much each item is to the user's liking; about 0 to 1. Raises what `user` raises."""
        return self.scoring(history).run()

    def scoring(self, history: History) -> Scoring:
        """Return the same as work to be done; raise what `user` raises."""
        items, weights = self.weighting.weigh(history, len(self.factors))
        user, scores = np.empty(len(self.gram), np.float32), np.zeros(len(self.factors), np.float32)
        solving = self.factors, self.gram, items, self._extra(weights), self._room(), user
        return Scoring(scores, _score.task(*solving, scores))

    def _extra(self, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (W,) what each interaction adds to the confidence."""
        return self.confidence * weights.clip(0).astype(np.float64)

    def _room(self) -> NDArray[np.float64]:
        size = len(self.gram)
        return np.empty((size + 1, size))


_SOLVING: Final = (
    only_read("float32", 2),
    only_read("float64", 2),
    only_read("int64"),
    only_read("float64"),
    "float64[:, ::1]",
    "float32[::1]",
)


@compiled(*_SOLVING, reorder=True)
def _solve(
    factors: NDArray[np.float32],
    gram: NDArray[np.float64],
    items: NDArray[np.int64],
    extra: NDArray[np.float64],
    system: NDArray[np.float64],
    user: NDArray[np.float32],
) -> None:
    """Write the user's factors (F,): the least-squares answer, by Cholesky's decomposition.

    Not by LAPACK, which raises where the matrix is not positive definite: this must not raise (`native`). With
    regularization it always is.

    Args:
        factors: (K, F) of the items.
        gram: (F, F) as in `ALS`.
        items: (W,) of the history.
        extra: (W,) what each adds to the confidence, 0 or more.
        system: (F + 1, F) to compute in.
        user: (F,) to be filled.
    """
    size = len(gram)
    system[:size], system[size] = gram, 0.0
    for at in range(len(items)):
        if extra[at] == 0:  # what weighs against an item says no more than that it was not taken
            continue
        row = factors[items[at]]
        for one in range(size):
            system[size, one] += row[one] * (1 + extra[at])
            for other in range(one + 1):
                system[one, other] += extra[at] * row[one] * row[other]
    for one in range(size + 1):  # the last row is the right side, which is solved on the way
        for other in range(min(one + 1, size)):
            left = system[one, other]
            for factor in range(other):
                left -= system[one, factor] * system[other, factor]
            # On the diagonal the inverse, by a power: a division could raise.
            system[one, other] = left**-0.5 if one == other else left * system[other, other]
    for place in range(size):
        one = size - 1 - place
        answer = system[size, one]
        for other in range(one + 1, size):
            answer -= system[other, one] * user[other]
        user[one] = answer * system[one, one]


@native(*_SOLVING, "float32[::1]")
def _score(address: int) -> None:
    argument = told(address, 7)
    user, scores = array(argument, 5, np.float32), array(argument, 6, np.float32)
    size = len(user)
    factors = array(argument, 0, np.float32).reshape(len(scores), size)
    _solve(
        factors,
        array(argument, 1, np.float64).reshape(size, size),
        array(argument, 2, np.int64),
        array(argument, 3, np.float64),
        array(argument, 4, np.float64).reshape(size + 1, size),
        user,
    )
    add_products(factors, user, scores)
