"""Logistic calibration: from a head's logits to probabilities.

Platt: Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods. 1999.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

LEAST_SLOPE: Final = 1e-3
"""The slope stays above 0, so that calibration never turns the order round, whatever the examples are."""


def fit(logits: NDArray[np.float32], labels: NDArray[np.float32]) -> tuple[float, float]:
    """Return (a, b), such that sigmoid(a * logit + b) is likeliest; a > 0. Labels of NaN are left out.

    Targets are Platt's: a little inside 0 and 1, by the number of examples. With no label known it is (1, 0).
    """
    kept = ~np.isnan(labels)
    scores, truth = logits[kept].astype(np.float64), labels[kept]
    if not len(scores):
        return 1.0, 0.0
    positive = float(truth.sum())
    negative = len(truth) - positive
    target = np.where(truth > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    standard = (scores - centre) / spread  # whatever the logits' scale, the search starts well

    def loss(slopes: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        lifted = slopes[0] * standard + slopes[1]
        excess = 1 / (1 + np.exp(-np.clip(lifted, -500, 500))) - target
        gradient = np.array([(excess * standard).mean(), excess.mean()])
        return float((np.logaddexp(0, lifted) - target * lifted).mean()), gradient

    start = np.array([1.0, np.log((positive + 1) / (negative + 1))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(LEAST_SLOPE * spread, None), (None, None)])
    slope = float(found.x[0]) / spread
    return slope, float(found.x[1]) - slope * centre


def reliability(
    probabilities: NDArray[np.float64], labels: NDArray[np.float32], bins: int = 10
) -> list[tuple[float, float, int]]:
    """Return of each tenth of the examples, by probability: the mean probability, the share of positives, how many."""
    kept = ~np.isnan(labels)
    order = np.argsort(probabilities[kept], kind="stable")
    given, truth = probabilities[kept][order], labels[kept][order]
    parts = zip(np.array_split(given, bins), np.array_split(truth, bins), strict=True)
    return [(float(part.mean()), float(happened.mean()), len(part)) for part, happened in parts if len(part)]


def calibration_error(points: list[tuple[float, float, int]]) -> float:
    """Return the mean distance of probability and share over the bins, by their sizes (0 is perfect)."""
    total = sum(count for _, _, count in points)
    return sum(abs(given - happened) * count for given, happened, count in points) / total if total else 0.0
