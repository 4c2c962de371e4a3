"""LambdaMART: regression trees, each grown on what would most improve the order of lists.

Burges: From RankNet to LambdaRank to LambdaMART: An Overview. Microsoft Research MSR-TR-2010-82.
The trees are plain arrays, so that serving needs neither the library that grew them nor its format.
"""

import numpy as np

from training.artifact.forward.arrays import Array, Weights


def fold(weights: Weights) -> Weights:
    """Return the weights as they are: nothing of trees can be computed before the candidates come."""
    return weights


def logits(weights: Weights, values: Array) -> Array:
    """Return (N, H) the sum of the trees' values, the same for each head, whose calibrations tell them apart.

    All rows go down all trees at once, a level a step; a leaf leads to itself.

    Args:
        weights: `feature`, `left`, `right` (T, M) of M nodes a tree; `threshold` (T, M) float64, up to which a value
            goes left; `value` (T, M) of leaves; `depth` (1,) levels; and `a` (H,) of the calibration.
        values: (N, F) raw values.
    """
    trees, nodes = weights["feature"].shape
    first = np.arange(trees, dtype=np.int64) * nodes
    feature, threshold = weights["feature"].ravel(), weights["threshold"].ravel()
    left, right = (weights[side].ravel() + np.repeat(first, nodes) for side in ("left", "right"))
    rows = np.arange(len(values))[:, np.newaxis]
    at = np.broadcast_to(first, (len(values), trees))
    for _ in range(int(weights["depth"][0])):
        goes_left = values[rows, feature[at]] <= threshold[at]
        at = np.where(goes_left, left[at], right[at])
    score = weights["value"].ravel()[at].sum(axis=1).astype(np.float32)
    return np.repeat(score[:, np.newaxis], len(weights["a"]), axis=1)
