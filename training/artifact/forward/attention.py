"""Causal self-attention over sequences, over arrays of numpy and tensors of torch alike."""

from training.artifact.forward.arrays import Array, Drop, Weights, exp, relu


def normalised(array: Array, scale: Array, shift: Array) -> Array:
    """Return the array with mean 0 and deviation 1 along its last axis, scaled and shifted (Ba et al., 2016)."""
    centred = array - array.mean(-1)[..., None]
    return centred / ((centred * centred).mean(-1)[..., None] + 1e-6) ** 0.5 * scale + shift


def attended(queries: Array, keys: Array, values: Array, seen: Array) -> Array:
    """Return (S, L, D) the values that each position attends to, by scaled products of queries and keys.

    Scores are cut at 40 either way rather than shifted by their maximum, which numpy and torch do not spell alike.

    Args:
        queries, keys, values: (S, L, D).
        seen: (S, L, L) or (1, L, L), 1 where position i may see j, 0 elsewhere. A row may be all 0: it attends to 0.
    """
    scores = queries @ keys.swapaxes(-1, -2) / queries.shape[-1] ** 0.5
    shares = exp(scores.clip(-40, 40)) * seen
    return shares / (shares.sum(-1)[..., None] + 1e-20) @ values


def block(weights: Weights, number: int, states: Array, seen: Array, drop: Drop) -> Array:
    """Return (S, L, D) the states after one block: attention, then two layers at each position, each a residual."""
    prefix = f"block_{number}_"
    queries = normalised(states, weights[prefix + "norm_scale"], weights[prefix + "norm_shift"])
    attention = attended(
        queries @ weights[prefix + "query"], states @ weights[prefix + "key"], states @ weights[prefix + "value"], seen
    )
    states = queries + drop(attention)
    normal = normalised(states, weights[prefix + "point_scale"], weights[prefix + "point_shift"])
    inner = drop(relu(normal @ weights[prefix + "inner"] + weights[prefix + "inner_bias"]))
    return normal + drop(inner @ weights[prefix + "outer"] + weights[prefix + "outer_bias"])
