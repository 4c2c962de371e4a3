"""The scores as a table, and as one JSON object."""

from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from deploy.evaluation.scoring import METRICS, RANKING, Figures, Scores
from training.metrics.bootstrap import Estimate

_DIGITS: Final = 4


def show(console: Console, scores: Scores) -> None:
    """Print a table of all systems, what the ranker is worth by itself, and the comparisons."""
    table = Table(title=f"{scores.users:,} users, {scores.items:,} items; mean and 95 % interval")
    table.add_column("system")
    for metric in METRICS:
        table.add_column(metric, justify="right")
    for name, figures in scores.baselines.items():
        table.add_row(f"{name} [dim]({scores.settings[name]})[/]", *_cells(figures))
    table.add_section()
    table.add_row("recall only", *_cells(scores.recall_only))
    table.add_row("[bold]pipeline[/]", *_cells(scores.pipeline))
    console.print(table)
    told = ", ".join(f"{name} {_told(scores.pipeline[name])}" for name in RANKING)
    console.print(f"the ranker on its candidates: {told}", highlight=False)
    for what, figures, holds in (
        ("the best baseline", scores.over_best_baseline, scores.beats_best_baseline),
        ("its own recall", scores.over_recall, scores.ranking_beats_recall),
    ):
        mark = "[green]✓[/]" if holds else "[red]✗[/]"
        more = ", ".join(
            f"{name} {estimate.value:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]".replace("[", r"\[")
            for name, estimate in figures.items()
        )
        console.print(f"{mark} pipeline over {what}, paired: {more}", highlight=False)


def as_json(scores: Scores) -> bytes:
    """Return the scores as one JSON object, figures with four digits."""
    return msgspec.json.encode(_rounded(msgspec.to_builtins(scores)))


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, _DIGITS)
        case dict():
            return {name: _rounded(each) for name, each in value.items()}
        case _:
            return value


def _cells(figures: Figures) -> list[str]:
    return [_told(figures[metric]) for metric in METRICS]


def _told(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [dim]{estimate.low:.3f}-{estimate.high:.3f}[/]"
