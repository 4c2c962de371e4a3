"""Figures of a run, as PNG bytes."""

import io
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from training.checkpoint import Epoch


def curves(members: Sequence[tuple[Epoch, ...]], best: Sequence[int], metric: str) -> bytes:
    """Return the training loss and the validation metric by epoch, a line a member; a dot marks what was kept."""
    figure = Figure((9, 3.4), layout="constrained")
    loss, validation = figure.subplots(1, 2)
    for number, (curve, kept) in enumerate(zip(members, best, strict=True)):
        epochs = range(1, len(curve) + 1)
        loss.plot(epochs, [each.loss for each in curve], color=f"C{number}", label=f"member {number}")
        scores = [each.metrics[metric] for each in curve]
        validation.plot(epochs, scores, color=f"C{number}")
        validation.plot([kept + 1], [scores[kept]], "o", color=f"C{number}")
    _titled(loss, "training loss", "epoch", "mean over the epoch's steps")
    _titled(validation, f"validation {metric}", "epoch", metric)
    if len(members) > 1:
        loss.legend(frameon=False)
    return _png(figure)


def reliability(points: Mapping[str, list[tuple[float, float, int]]]) -> bytes:
    """Return each head's share of positives against its calibrated probability, by tenths of validation examples."""
    figure = Figure((4.4 * len(points), 3.8), layout="constrained")
    axes = figure.subplots(1, len(points), squeeze=False)[0]
    for axis, (head, tenths) in zip(axes, points.items(), strict=True):
        given, happened = [point[0] for point in tenths], [point[1] for point in tenths]
        end = max([*given, *happened, 1e-3]) * 1.05
        axis.plot([0, end], [0, end], color="0.7", linestyle="--", linewidth=1)
        axis.plot(given, happened, "o-")
        _titled(axis, head, "said (mean probability)", "happened (share of positives)")
    return _png(figure)


def _titled(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)


def _png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=110, metadata={"Software": None})
    return held.getvalue()
