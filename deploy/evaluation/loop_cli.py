"""`tideline loop`."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy.demo.experiment import Plan
from deploy.demo.plot import plot
from serving.config_file import ServingConfig
from training import recipe as recipes

END_MS: Final = 1_700_000_000_000
"""Virtual time at which the last round ends: no clock is read, so that a run can be repeated."""

_FILE_WIDTH: Final = 119


def loop(
    users: Annotated[int, typer.Option(min=12, help="Users of the simulated world.")] = 600,
    items: Annotated[int, typer.Option(min=60, help="Videos of the simulated world.")] = 1500,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds; models are trained anew before each.")] = 10,
    recipe: Annotated[str, typer.Option(help="Recipe of the ranker: a file, or a shipped one.")] = "lambdamart",
    config: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Serving configuration.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for curve.png, the examples and the runs.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the world and of all models.")] = 7,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Close the loop: show lists to simulated users, train on their clicks, and show the next lists.

    A third of the users each gets random lists, the most clicked items, and Tideline's; all arms learn from the
    clicks of all. The lift is the click rate of Tideline over that of the most clicked, in the second half
    of the rounds.
    """
    from deploy.evaluation.curve import draw  # these import scipy and torch, which --help need not wait for
    from deploy.evaluation.loop import curves, lift, play

    console = Console(stderr=json)
    if not console.is_terminal:
        console = Console(stderr=json, width=_FILE_WIDTH)
    chosen = recipes.read(recipes.find(recipe)).model_copy(update={"heads": {"click": 1.0, "like": 1.0}, "seed": seed})
    plan = Plan(end_ms=END_MS, seed=seed, users=users, items=items, rounds=rounds)
    served = ServingConfig.load(config).default
    with TemporaryDirectory(prefix="tideline-loop-") as temporary, Progress(console=console, transient=True) as bar:
        folder = out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        task = bar.add_task("rounds", total=rounds)
        rates = asyncio.run(play(plan, chosen, served, folder, lambda done: bar.update(task, completed=done)))
        lines = curves(rates)
        if out is not None:
            draw(lines, out / "curve.png")
    grid = Table("round", *(name for name in lines), title="click rate")
    for number, each in enumerate(zip(*lines.values(), strict=True), 1):
        grid.add_row(str(number), *(f"{rate:.1%}" for rate in each))
    console.print(grid)
    console.print(plot(lines), markup=False, highlight=False)
    console.print(f"lift over popular, second half: {lift(rates):.2f}", highlight=False)
    if json:
        told = {"lift_over_popular": round(lift(rates), 4), "rates": lines}
        typer.echo(orjson.dumps(told).decode())
