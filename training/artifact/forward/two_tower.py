"""Two-tower ranker: the user's side and the item's side meet in one product; other features only shift it.

Covington, Adams, Sargin: Deep Neural Networks for YouTube Recommendations. RecSys 2016.
Yi et al.: Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations. RecSys 2019.
"""

from training.artifact.forward.arrays import Array, Drop, Weights, keep, sum_of_buckets
from training.artifact.forward.fields import bucketed, deep, dense, folded

SIDES = ("user", "item")


def fold(weights: Weights) -> Weights:
    """Return the weights with `user_table`, `item_table` (Fs * B, W1) of the towers' first layers."""
    tables = {f"{side}_table": folded(weights[f"{side}_embedding"], weights[f"{side}_0_kernel"]) for side in SIDES}
    return {**weights, **tables}


def logits(weights: Weights, values: Array, drop: Drop = keep) -> Array:
    """Return (N, H) logits of the heads: the product of the towers, each head with its own weights, and a bias.

    Args:
        weights: folded. Of each side: `*_columns` (Fs,) int64, `*_embedding` (Fs, B, D), `*_0_kernel` (Fs, D, W1),
            `*_0_dense` (Fs, W1), `*_0_bias`, further layers `*_k_weight`, `*_k_bias`, and `*_out` (Wk, V). Then
            `product` (V, H), `linear` (F, B, H), `linear_dense` (F, H), `bias` (H,), and the fields' tensors.
        values: (N, F) raw values.
        drop: dropout, while training.
    """
    standardised, index = dense(weights, values), bucketed(weights, values)
    count, features = weights["linear"].shape[1], len(weights["mean"])
    user, item = (_tower(weights, side, standardised, index, drop) for side in SIDES)
    shift = sum_of_buckets(weights["linear"].reshape(features * count, -1), index, count)
    return user * item @ weights["product"] + shift + standardised @ weights["linear_dense"] + weights["bias"]


def _tower(weights: Weights, side: str, standardised: Array, index: Array, drop: Drop) -> Array:
    columns, count = weights[f"{side}_columns"], weights["linear"].shape[1]
    sums = sum_of_buckets(weights[f"{side}_table"], index[:, columns], count)
    first = sums + standardised[:, columns] @ weights[f"{side}_0_dense"] + weights[f"{side}_0_bias"]
    return deep(weights, first, drop, side) @ weights[f"{side}_out"]
