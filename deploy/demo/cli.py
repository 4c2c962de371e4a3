"""`tideline demo`."""

from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from deploy.demo.experiment import Plan
from deploy.demo.run import run
from deploy.terminable import run_terminable
from topics.moments import now_ms

_FILE_WIDTH: Final = 119


def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="TIDELINE_DATA", exists=True, file_okay=False, help="Folder of MovieLens; simulated by default."
        ),
    ] = None,
    users: Annotated[int, typer.Option(min=12, help="Users of the simulated world.")] = Plan.users,
    items: Annotated[int, typer.Option(min=60, help="Videos of the simulated world.")] = Plan.items,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of the simulated world.")] = Plan.rounds,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulated world.")] = Plan.seed,
    keep: Annotated[bool, typer.Option("--keep", help="Leave all of it running until Ctrl-C.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Show the whole of Tideline at work: events become recommendations, on real servers that it starts and stops.

    Without --data, users with hidden tastes are simulated, and their clicks are counted against random and popular
    lists. Exit codes: 0 everything that is claimed held, 1 something did not.
    """
    plan = Plan(end_ms=now_ms(), seed=seed, users=users, items=items, rounds=rounds)
    console = Console(stderr=json)
    if not console.is_terminal:
        console = Console(stderr=json, width=_FILE_WIDTH)
    outcome = run_terminable(run(console, data, plan, keep=keep))
    for what, good in outcome.checks.items():
        console.print(f"{'[green]✓[/]' if good else '[red]✗[/]'} {what}", highlight=False)
    console.print(f"{outcome.figures['seconds']} s in all; everything is stopped", highlight=False)
    if json:
        typer.echo(orjson.dumps({"checks": outcome.checks, **outcome.figures}))
    if not outcome.held:
        raise typer.Exit(1)
