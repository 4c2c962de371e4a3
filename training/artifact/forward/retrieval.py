"""Two-tower retrieval: a user's vector from the history, an item's from its number and tags, compared by product.

Yi et al.: Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations. RecSys 2019.
The user's tower is a bag of the history (Covington et al., RecSys 2016).
"""

from training.artifact.forward.arrays import Array, Drop, Weights, keep, relu


def unit(array: Array) -> Array:
    """Return the vectors along the last axis, each of length 1 (or 0)."""
    return array / ((array * array).sum(-1)[..., None] + 1e-12) ** 0.5


def item_vectors(weights: Weights, identities: Array, tags: Array) -> Array:
    """Return (N, V) unit vectors of items. An item not seen in training has its tags alone, which training allows for.

    Args:
        weights: `tags` (T, D), `item_0_weight` (D, V), `item_0_bias` (V,).
        identities: (N, D) the items' own embeddings; 0 for a new item.
        tags: (N, T) the share of each tag: rows sum to 1, or to 0 for an item without any.
    """
    return unit((identities + tags @ weights["tags"]) @ weights["item_0_weight"] + weights["item_0_bias"])


def user_vectors(weights: Weights, bags: Array, drop: Drop = keep) -> Array:
    """Return (N, V) unit vectors of users.

    Args:
        weights: `user_0_weight` (V, W), `user_0_bias` (W,), `user_1_weight` (W, V), `user_1_bias` (V,).
        bags: (N, V) the weighted mean of the vectors of the items in each user's history.
        drop: dropout, while training.
    """
    hidden = drop(relu(bags @ weights["user_0_weight"] + weights["user_0_bias"]))
    return unit(bags + hidden @ weights["user_1_weight"] + weights["user_1_bias"])


def bag(vectors: Array, half_life: float) -> Array:
    """Return (V,) the mean of a history's vectors (L, V), oldest first, an item `half_life` places back at half."""
    length = len(vectors)
    ages = (vectors[:, :1] * 0 + 1).cumsum(0) - length  # ..., -2, -1, 0, of the vectors' own type
    shares = 2.0 ** (ages / half_life)
    return (vectors * shares).sum(0) / shares.sum()
