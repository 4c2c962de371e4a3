"""Metrics of scores: whether what was chosen scored higher, and whether probabilities are what they say.

AUC: Hanley, McNeil: The Meaning and Use of the Area under a ROC Curve. 1982. GAUC is the mean of the AUC within each
user's list (Zhu et al.: Optimized Cost per Click in Taobao Display Advertising. KDD 2017), for what a list can change
is the order within it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.metrics.bootstrap import Estimate, mean, statistic

_BINS: Final = 2_000
"""Quantiles of all scores that AUC over resampled users tells apart; it moves the figure by less than 1e-3."""

_LEAST: Final = 1e-7


def auc(scores: NDArray[np.floating], labels: NDArray[np.bool_]) -> float:
    """Return how often a positive scores above a negative, ties counting half; NaN without one of either."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def gauc(scores: Sequence[NDArray[np.floating]], labels: Sequence[NDArray[np.bool_]]) -> Estimate:
    """Return the mean over users of the AUC within each one's list, lists without both labels left out."""
    each = np.array([auc(own, chosen) for own, chosen in zip(scores, labels, strict=True)])
    known = each[~np.isnan(each)]
    return mean(known) if len(known) else Estimate(float("nan"), float("nan"), float("nan"))


def pooled_auc(scores: Sequence[NDArray[np.floating]], labels: Sequence[NDArray[np.bool_]]) -> Estimate:
    """Return the AUC over all lists together, with its interval over users."""
    whole = np.concatenate([np.asarray(own, np.float64) for own in scores])
    edges = np.unique(np.quantile(whole, np.linspace(0, 1, _BINS + 1)[1:-1]))
    count = len(edges) + 1
    histograms = np.zeros((2, len(scores), count), np.float32)
    for user, (own, chosen) in enumerate(zip(scores, labels, strict=True)):
        bins = np.searchsorted(edges, own, side="right")
        for kind in (0, 1):
            histograms[kind, user] = np.bincount(bins[chosen == bool(kind)], minlength=count)

    def of(users: NDArray[np.intp]) -> NDArray[np.float64]:
        times = np.stack([np.bincount(row, minlength=len(scores)) for row in users]).astype(np.float32)
        negative, positive = ((times @ histogram).astype(np.float64) for histogram in histograms)
        below = np.cumsum(negative, axis=1) - negative
        area = (positive * (below + negative / 2)).sum(axis=1)
        share: NDArray[np.float64] = area / np.maximum(positive.sum(axis=1) * negative.sum(axis=1), 1.0)
        return share

    return statistic(len(scores), of)


def log_loss(scores: Sequence[NDArray[np.floating]], labels: Sequence[NDArray[np.bool_]]) -> Estimate:
    """Return the mean over users of their labels' mean negative log likelihood; scores are probabilities."""
    each = []
    for own, chosen in zip(scores, labels, strict=True):
        likely = np.clip(np.where(chosen, own, 1 - np.asarray(own, np.float64)), _LEAST, 1.0)
        if len(likely):
            each.append(float(-np.log(likely).mean()))
    return mean(np.array(each)) if each else Estimate(float("nan"), float("nan"), float("nan"))
