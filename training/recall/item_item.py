"""An item-item matrix as a model."""

from collections.abc import Sequence

import msgspec
import numpy as np
from pydantic import BaseModel
from scipy.sparse import csr_array

from training.artifact.forward.history import Weighting
from training.artifact.manifest import Manifest
from training.artifact.model import Model


def item_item(
    kind: str, manifest: Manifest, config: BaseModel, weights: csr_array, weighting: Weighting, items: Sequence[str]
) -> Model:
    """Return the model that `forward.item_item` reads: (K, K) weights between `items` (K,), and its weighting."""
    told = msgspec.structs.replace(
        manifest, kind=kind, params={**manifest.params, **config.model_dump(), **weighting.params}
    )
    tensors = {
        "indptr": weights.indptr.astype(np.int64),
        "indices": weights.indices.astype(np.int32),
        "values": weights.data.astype(np.float32),
    }
    return Model(told, tensors, {"items": list(items)})
