"""ALS: implicit feedback as the product of users' and items' factors; the user's are solved at the request.

Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets. ICDM 2008.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.artifact.forward.history import History, Weighting
from training.artifact.model import Model
from training.errors import ArtifactMismatchError


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
        return cls(factors, gram, float(params["confidence"]), Weighting.of(params))

    def user(self, history: History) -> NDArray[np.float32]:
        """Return (F,) the user's factors; zeros for a history that weighs nothing."""
        items, weights = self.weighting.weigh(history)
        own = self.factors[items].astype(np.float64)
        extra = self.confidence * weights.clip(0)
        solved: NDArray[np.floating] = np.linalg.solve(
            self.gram + own.T @ (own * extra[:, None]), own.T @ np.where(extra > 0, 1 + extra, 0.0)
        )
        return solved.astype(np.float32)

    def scores(self, history: History) -> NDArray[np.float32]:
        """Return (K,) how much each item is to the user's liking; about 0 to 1."""
        scores: NDArray[np.float32] = self.factors @ self.user(history)
        return scores
