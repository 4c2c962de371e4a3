"""SASRec: what a user wants next, from the sequence of the last items, by self-attention.

Kang, McAuley: Self-Attentive Sequential Recommendation. ICDM 2018. One head of attention, as there.
"""

from training.artifact.forward.arrays import Array, Drop, Weights, keep
from training.artifact.forward.attention import block, normalised


def states(weights: Weights, sequences: Array, drop: Drop = keep) -> Array:
    """Return (S, L, D) the user's vector after each item of each sequence.

    Args:
        weights: `items` (I, D), `positions` (Lmax, D), `causal` (Lmax, Lmax) 1 on and below the diagonal, `blocks`
            of `block_k_*` (see `attention.block`), `norm_scale`, `norm_shift` (D,).
        sequences: (S, L) item numbers, oldest first; -1 pads the front. L at most Lmax.
        drop: dropout, while training.
    """
    items, length = weights["items"], sequences.shape[1]
    real = (sequences >= 0)[:, :, None] * (items[0, 0] * 0 + 1)  # ones and zeros of the weights' own type
    positions = weights["positions"][len(weights["positions"]) - length :]  # the newest item is always the last
    numbers = sequences.clip(0).reshape(-1)
    vectors = items.take(numbers, 0) if not hasattr(items, "index_select") else items.index_select(0, numbers)
    current = drop((vectors.reshape(*sequences.shape, -1) * items.shape[1] ** 0.5 + positions) * real)
    seen = weights["causal"][:length, :length] * real.swapaxes(1, 2)
    number = 0
    while f"block_{number}_query" in weights:
        current = block(weights, number, current, seen, drop) * real
        number += 1
    return normalised(current, weights["norm_scale"], weights["norm_shift"])


def user_vectors(weights: Weights, sequences: Array) -> Array:
    """Return (S, D) each user's vector after the last item; its product with `items` (I, D) scores what comes next."""
    return states(weights, sequences)[:, -1]
