"""Showing: a measurement is made, and told as a table or as one JSON object."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console

from deploy.bench.errors import WrongTablesError
from deploy.bench.report import Figures, report
from deploy.terminable import run_terminable

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]

Outcome = tuple[Figures, dict[str, str]]
"""Figures, and a note for some of them."""

_WIDTH: Final = 119


def show(title: str, measure: Callable[[Console], Coroutine[Any, Any, Outcome]], *, json: bool) -> None:
    """Measure and report."""
    console = Console(stderr=json)
    if not console.is_terminal:
        console = Console(stderr=json, width=_WIDTH)
    try:
        figures, notes = run_terminable(measure(console))
    except WrongTablesError:
        if json:
            typer.echo(orjson.dumps({"exact": False}).decode())
        raise
    report(console, title, figures, notes, json=json)
