"""Ranking models with weights as they are drawn before training: to serve one costs the same."""

import numpy as np
from numpy.typing import NDArray

from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.building import build
from training.examples import Examples
from training.features.catalog import FEATURES
from training.features.feature_set import FeatureSet
from training.preprocessing import measure
from training.recipe import Recipe, resolve


def untrained(recipe: Recipe, values: NDArray[np.float32], tenant: str = "bench", version: str = "bench") -> Model:
    """Return the recipe's model, scaled to the values.

    Args:
        recipe: of a network; its features may be patterns.
        values: (N, F) of all features, in the catalogue's order.
        tenant: whose it becomes.
        version: of the model.
    """
    recipe = resolve(recipe, list(FEATURES))
    columns = [list(FEATURES).index(name) for name in recipe.features]
    count = len(values)
    sample = Examples(
        features=recipe.features,
        values=np.ascontiguousarray(values[:, columns]),
        labels=np.zeros((count, 2), np.float32),
        group=np.zeros(count, np.int64),
        time=np.zeros(count, np.int64),
        weight=np.ones(count, np.float32),
    )
    module = build(recipe, measure([sample], recipe.buckets))
    state = {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}
    shared = {name: each for name, each in state.items() if name in module.constants}
    own = {
        f"{member}/{name}": each
        for member in range(recipe.members)
        for name, each in state.items()
        if name not in shared
    }
    heads = len(recipe.heads)
    tensors = {**shared, **own, "a": np.ones(heads, np.float32), "b": np.zeros(heads, np.float32)}
    manifest = Manifest(
        name=recipe.name,
        kind=recipe.model.kind,
        version=version,
        tenant=tenant,
        created_at=0,
        features=list(recipe.features),
        feature_digests=FeatureSet(recipe.features).digests,
        params={"heads": ",".join(recipe.heads)},
    )
    return Model(manifest, tensors)
