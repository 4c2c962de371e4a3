"""Wide & Deep: a linear model that remembers buckets and crosses of them, and a deep one that generalises.

Cheng et al.: Wide & Deep Learning for Recommender Systems. DLRS 2016.
The hidden layers are shared by the heads (Caruana: Multitask Learning. 1997).
"""

from typing import Final

from training.artifact.forward.arrays import Array, Drop, Weights, keep, sum_of_buckets, sum_of_rows
from training.artifact.forward.fields import bucketed, deep, dense, folded

_SPREAD: Final = 40503
"""Odd, near 2^16 over the golden ratio (Knuth's multiplicative hash): neighbours fall far apart, in int64."""


def fold(weights: Weights) -> Weights:
    """Return the weights with `table` (F * B, W1 + H): what each bucket adds to the first layer and to the logits."""
    table = folded(weights["embedding"], weights["mlp_0_kernel"], weights["linear"])
    return {**weights, "table": table}


def logits(weights: Weights, values: Array, drop: Drop = keep) -> Array:
    """Return (N, H) logits of the heads.

    Args:
        weights: folded. As of `deepfm`, without `pairs`; `crosses` (2, C) int64 numbers of the features crossed, C may
            be 0, and `cross` (S, H) the slots that they are hashed to.
        values: (N, F) raw values.
        drop: dropout, while training.
    """
    standardised, index = dense(weights, values), bucketed(weights, values)
    count, width = weights["linear"].shape[1], weights["mlp_0_dense"].shape[1]
    sums = sum_of_buckets(weights["table"], index, count)
    hidden = deep(weights, sums[:, :width] + standardised @ weights["mlp_0_dense"] + weights["mlp_0_bias"], drop)
    wide = sums[:, width:] + standardised @ weights["linear_dense"] + weights["bias"]
    if weights["crosses"].shape[1]:
        wide = wide + sum_of_rows(weights["cross"], crossed(index, weights["crosses"], count, len(weights["cross"])))
    return wide + hidden @ weights["head"]


def crossed(index: Array, crosses: Array, count: int, slots: int) -> Array:
    """Return (N, C) the slot of each cross: a hash of its number and of both its buckets (N, F), below `count`."""
    left, right = crosses
    number = (left * 0 + 1).cumsum(0)  # 1, 2, ... of the crosses' own type and device
    return ((number * count + index[:, left]) * count + index[:, right]) * _SPREAD % slots
