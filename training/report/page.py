"""The page of a run: one HTML file that needs nothing else."""

from base64 import b64encode
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.checkpoint import write_file
from training.recipe import Recipe
from training.report import figures
from training.report.outcome import Outcome

_TEMPLATES: Final = Path(__file__).parent


def write_report(folder: Path, recipe: Recipe, outcome: Outcome) -> None:
    """Write curves.png, reliability.png and report.html. Raises WriteError if one cannot be written."""
    images = {
        "curves": figures.curves(outcome.curves, outcome.best, recipe.metric),
        "reliability": figures.reliability(outcome.reliability),
    }
    for name, image in images.items():
        write_file(folder / f"{name}.png", image)
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("report.html.jinja").render(
        recipe=recipe,
        outcome=outcome,
        images={name: b64encode(image).decode() for name, image in images.items()},
    )
    write_file(folder / "report.html", page.encode())
