"""DeepFM: first-order terms, all pairs of fields, and a deep network on the same embeddings.

Guo, Tang, Ye, Li, He: DeepFM: A Factorization-Machine based Neural Network for CTR Prediction. IJCAI 2017.
The hidden layers are shared by the heads (Caruana: Multitask Learning. 1997).
"""

from training.artifact.forward.arrays import Array, Drop, Weights, keep, sum_of_buckets
from training.artifact.forward.fields import bucketed, deep, dense, folded


def fold(weights: Weights) -> Weights:
    """Return the weights with `table` (F * B, W1 + D + H): what each bucket adds to all that is a sum over fields; and
    `halves` (D, H), by which the squares of the embeddings' sum count.

    The pairs' sum is (|sum of e|^2 - sum of |e|^2) / 2; its second part is first-order, so it joins those terms.
    """
    embedding = weights["embedding"]
    squares = (embedding * embedding).sum(-1)[:, :, None]
    first_order = weights["linear"] - squares * weights["pairs"] / 2
    # As a product: numpy takes three times as long to add up many short rows.
    halves = (embedding[0, 0] * 0 + 1)[:, None] * weights["pairs"] / 2
    return {
        **weights,
        "table": folded(embedding, weights["mlp_0_kernel"], embedding, first_order),
        "halves": halves,
    }


def logits(weights: Weights, values: Array, drop: Drop = keep) -> Array:
    """Return (N, H) logits of the heads.

    Args:
        weights: folded. `embedding` (F, B, D), `linear` (F, B, H), `linear_dense` (F, H), `bias` (H,), `pairs` (H,),
            `mlp_0_kernel` (F, D, W1), `mlp_0_dense` (F, W1), `mlp_0_bias` (W1,), `mlp_k_weight`, `mlp_k_bias`,
            `head` (Wk, H), and the fields' `mean`, `std`, `edges`.
        values: (N, F) raw values.
        drop: dropout, while training.
    """
    standardised, index = dense(weights, values), bucketed(weights, values)
    sums = sum_of_buckets(weights["table"], index, weights["linear"].shape[1])
    width, size = weights["mlp_0_dense"].shape[1], weights["embedding"].shape[2]
    embedded = sums[:, width : width + size]
    pairs = (embedded * embedded) @ weights["halves"]
    hidden = deep(weights, sums[:, :width] + standardised @ weights["mlp_0_dense"] + weights["mlp_0_bias"], drop)
    first_order = sums[:, width + size :] + standardised @ weights["linear_dense"] + weights["bias"]
    return first_order + pairs + hidden @ weights["head"]
