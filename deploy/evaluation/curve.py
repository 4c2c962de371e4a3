"""Click rates round by round, as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_COLOURS: Final = {"tideline": "#0072b2", "popular": "#e69f00", "random": "#999999"}
"""Of the palette of Okabe and Ito, which colour-blind people tell apart."""


def draw(lines: Mapping[str, Sequence[float]], path: Path) -> None:
    """Write the picture as a PNG file of 900 by 500 points."""
    figure = Figure(figsize=(9, 5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, rates in lines.items():
        rounds = range(1, len(rates) + 1)
        axes.plot(rounds, [rate * 100 for rate in rates], marker="o", color=_COLOURS.get(name), label=name)
    axes.set_xlabel("round; models are trained anew before each")
    axes.set_ylabel("clicks of 100 videos shown")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path)
