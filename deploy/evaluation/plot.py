"""The scores as a picture: a panel for each metric, a bar with its interval for each system."""

from pathlib import Path
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from deploy.evaluation.scoring import Figures, Scores

_PANELS: Final = {
    "ndcg@10": "NDCG@10",
    "recall@20": "Recall@20",
    "hr@10": "Hit rate@10",
    "mrr": "MRR",
    "coverage@20": "Catalogue coverage@20",
    "novelty@20": "Novelty@20 (bits)",
}
_PIPELINE: Final = "#0072b2"
_RECALL: Final = "#56b4e9"
_BASELINE: Final = "#999999"
"""Of the palette of Okabe and Ito, which colour-blind people tell apart."""


def plot(scores: Scores, path: Path) -> None:
    """Write the picture as a PNG file of 1,500 by 900 points."""
    systems: list[tuple[str, Figures, str]] = [
        *((name, figures, _BASELINE) for name, figures in scores.baselines.items()),
        ("recall only", scores.recall_only, _RECALL),
        ("pipeline", scores.pipeline, _PIPELINE),
    ]
    figure = Figure(figsize=(15, 9), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, metric in zip(figure.subplots(2, 3).flat, _PANELS, strict=True):
        estimates = [figures[metric] for _, figures, _ in systems]
        places = range(len(systems))
        values = [estimate.value for estimate in estimates]
        below = [max(estimate.value - estimate.low, 0) for estimate in estimates]
        above = [max(estimate.high - estimate.value, 0) for estimate in estimates]
        axes.barh(places, values, color=[color for _, _, color in systems])
        axes.errorbar(values, places, xerr=(below, above), fmt="none", ecolor="black", capsize=3, linewidth=1)
        for place, (value, high) in enumerate(zip(values, (estimate.high for estimate in estimates), strict=True)):
            axes.annotate(
                f"{value:.3f}", (max(value, high), place), xytext=(4, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(places, [name for name, _, _ in systems])
        axes.set_title(_PANELS[metric])
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.15)
    figure.suptitle(f"{scores.users:,} users, {scores.items:,} items; bars are means, lines their 95 % intervals")
    figure.savefig(path)
