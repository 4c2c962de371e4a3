"""Outcome: what a trained model is worth on its validation examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.calibration import calibration_error, reliability
from training.checkpoint import Epoch
from training.group_metrics import GroupMetrics


@dataclass(frozen=True, slots=True)
class Outcome:
    """The metrics of a run, and what its figures show."""

    metrics: dict[str, float]
    """By name: those of the first head plain, those of each further one as `head.metric`."""

    reliability: Mapping[str, list[tuple[float, float, int]]]
    """By head: of each tenth of the examples the mean probability, the share of positives, and how many."""

    curves: Sequence[tuple[Epoch, ...]]
    """By member, its epochs."""

    best: Sequence[int]
    """By member, the epoch that was kept, from 0."""

    @property
    def summary(self) -> dict[str, Any]:
        """What `metrics.json` says."""
        return {
            "metrics": self.metrics,
            "members": [
                {"best_epoch": best, "epochs": [{"loss": each.loss, **each.metrics} for each in curve]}
                for best, curve in zip(self.best, self.curves, strict=True)
            ],
            "reliability": self.reliability,
        }


def judge(
    heads: Sequence[str],
    measured: Mapping[str, GroupMetrics],
    logits: NDArray[np.float32],
    labels: NDArray[np.float32],
    lines: Sequence[tuple[float, float]],
    curves: Sequence[tuple[Epoch, ...]],
    best: Sequence[int],
) -> Outcome:
    """Return the outcome, given the metrics by head and a sample of validation logits and labels (E, H).

    The log loss is that of the calibrated probabilities; `constant_log_loss` is what always saying the mean would get.
    """
    metrics: dict[str, float] = {}
    points: dict[str, list[tuple[float, float, int]]] = {}
    for column, (head, (a, b)) in enumerate(zip(heads, lines, strict=True)):
        prefix = f"{head}." if column else ""
        truth = labels[:, column]
        lifted = a * logits[:, column].astype(np.float64) + b
        points[head] = reliability(1 / (1 + np.exp(-np.clip(lifted, -500, 500))), truth)
        found = dict(measured[head].values)
        known = ~np.isnan(truth)
        if known.any():
            share = np.clip(float(truth[known].mean()), 1e-9, 1 - 1e-9)
            found["log_loss"] = float((np.logaddexp(0, lifted[known]) - truth[known] * lifted[known]).mean())
            found["constant_log_loss"] = float(-(share * np.log(share) + (1 - share) * np.log(1 - share)))
            found["calibration_error"] = calibration_error(points[head])
        metrics |= {prefix + name: value for name, value in found.items()}
    return Outcome(metrics, points, curves, best)
