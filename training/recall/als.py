"""ALS: factors of items by alternating least squares, from what was liked; the `implicit` library fits them."""

import msgspec
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from training.artifact.forward.history import Weighting
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.interactions import Interactions
from training.recall.behavior import Behavior
from training.recall.shared import well_known


class ALSConfig(BaseModel):
    """How ALS is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    factors: int = Field(64, ge=1, le=1024, description="Length of a vector.")
    regularization: float = Field(
        10.0, ge=0, description="Weight of the vectors' lengths: what little behaviour may say."
    )
    confidence: float = Field(1.0, gt=0, description="What a liked item adds to the confidence of 1.")
    iterations: int = Field(15, ge=1, le=1000, description="Rounds over users and items.")
    least_support: int = Field(1, ge=1, description="Users who liked it that an item needs to take part.")
    most_items: int = Field(1_000_000, ge=2, description="Items that take part, the best liked.")


def fit_als(interactions: Interactions, manifest: Manifest, config: ALSConfig) -> Model:
    """Return ALS as a model of kind `als`; the same interactions and seed give the same factors on one machine.

    `manifest` says whose it is and its seed. Raises UnfitExamplesError if there are fewer than two users or items, or
    fewer than two liked ones.
    """
    behavior = Behavior.of(interactions)
    kept = well_known(behavior.support(behavior.positive), config.least_support, config.most_items)
    # The library takes a pair's value for its whole confidence; what has none has 1.
    confidence = np.where(behavior.positive, 1 + config.confidence, 0.0)
    liked = csr_matrix(behavior.matrix(confidence))[:, kept]
    with threadpool_limits(1, "blas"):  # implicit has threads of its own, and warns of two kinds at once
        fitted = AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.regularization,
            iterations=config.iterations,
            random_state=manifest.seed,
            num_threads=1,  # with more the sums, and so the factors, depend on which thread is first
        )
        fitted.fit(liked, show_progress=False)
    told = msgspec.structs.replace(
        manifest,
        kind="als",
        params={**manifest.params, **config.model_dump(), **Weighting("positive", older=0.0).params},
    )
    words = [interactions.items[item] for item in kept]
    return Model(told, {"items": np.ascontiguousarray(fitted.item_factors, np.float32)}, {"items": words})
