"""Reports: one table for people, one JSON object for programs."""

import os
from collections.abc import Mapping
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

Figures = Mapping[str, float | bool | None]
"""A figure by its name; None where there is none, since a peer is absent."""


def rounded(figures: Figures) -> dict[str, float | bool | None]:
    """Return the figures with one decimal; what is no number stays."""
    return {name: round(figure, 1) if type(figure) is float else figure for name, figure in figures.items()}


def report(console: Console, title: str, figures: Figures, notes: Mapping[str, str], *, json: bool) -> None:
    """Show the figures, each with its note, and the machine's load; with `json` print them as the last line, too."""
    table = Table(caption=f"load average {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("note")
    for name, figure in rounded(figures).items():
        table.add_row(name, _told(figure), notes.get(name, ""))
    console.print(title, highlight=False)
    console.print(table)
    if json:
        typer.echo(orjson.dumps(rounded(figures)).decode())


def _told(figure: Any) -> str:
    match figure:
        case None:
            return "absent"
        case bool():
            return "yes" if figure else "no"
        case _:
            return f"{figure:,}"
