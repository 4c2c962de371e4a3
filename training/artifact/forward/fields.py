"""Fields: a feature as its standardised value and as its bucket, which every ranking model reads."""

from typing import Final

import numpy as np

from training.artifact.forward.arrays import Array, Drop, Weights, buckets, concat, relu, standardised

CLIP: Final = 5.0
"""Standard deviations from the mean at which a value is cut: heavy tails would drown the rest."""


def dense(weights: Weights, values: Array) -> Array:
    """Return (N, F) the values (N, F), standardised by `mean` and `std` (F,) and cut at CLIP."""
    return standardised(values, weights["mean"], weights["std"], CLIP)


def bucketed(weights: Weights, values: Array) -> Array:
    """Return (N, F) the bucket of each value between the model's `edges` (F, B - 1)."""
    edges = weights["edges"].T
    return buckets(values, np.ascontiguousarray(edges) if isinstance(edges, np.ndarray) else edges)


def folded(embedding: Array, kernel: Array, *others: Array) -> Array:
    """Return (F * B, W + ...) what each bucket adds to the first layer, and to whatever else is a sum over fields.

    An embedding followed by a linear layer is a sum of rows, each a function of one bucket alone. Folding them before
    the candidates come makes the cost of an example independent of the embedding's size.

    Args:
        embedding: (F, B, D).
        kernel: (F, D, W) the first layer's weights, by field.
        others: (F, B, any) each.
    """
    rows = concat([embedding @ kernel, *others])
    return rows.reshape(-1, rows.shape[-1])


def deep(weights: Weights, hidden: Array, drop: Drop, name: str = "mlp") -> Array:
    """Return (N, Wk) the last hidden layer, given the first one's sums (N, W1): relu, then each further layer."""
    hidden = drop(relu(hidden))
    layer = 1
    while f"{name}_{layer}_weight" in weights:
        hidden = drop(relu(hidden @ weights[f"{name}_{layer}_weight"] + weights[f"{name}_{layer}_bias"]))
        layer += 1
    return hidden
