"""`tideline demo`."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from deploy.demo.experiment import Plan
from deploy.demo.run import Outcome, run
from topics.moments import now_ms

_ENDED_BY_SIGTERM: Final = 128 + signal.SIGTERM

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
    try:
        outcome = asyncio.run(_run(console, data, plan, keep=keep))
    except asyncio.CancelledError:
        raise typer.Exit(_ENDED_BY_SIGTERM) from None
    for what, good in outcome.checks.items():
        console.print(f"{'[green]✓[/]' if good else '[red]✗[/]'} {what}", highlight=False)
    console.print(f"{outcome.figures['seconds']} s in all; everything is stopped", highlight=False)
    if json:
        typer.echo(orjson.dumps({"checks": outcome.checks, **outcome.figures}))
    if not outcome.held:
        raise typer.Exit(1)


async def _run(console: Console, data: Path | None, plan: Plan, *, keep: bool) -> Outcome:
    """Run; end on SIGTERM as on Ctrl-C, in good order."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(console, data, plan, keep=keep)
