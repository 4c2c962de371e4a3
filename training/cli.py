"""`tideline train`."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.tenancy import check_tenant
from training.bar import epoch_bar

if TYPE_CHECKING:
    from training.report.outcome import Outcome

app = typer.Typer(help="Train a ranking model by a recipe.")


@app.command()
def train(
    recipe: Annotated[
        str, typer.Argument(help="A recipe's file, or the name of a shipped one: deepfm, wide_deep, ...")
    ],
    examples: Annotated[Path, typer.Option(help="File of examples (.arrow), or a folder of them.")],
    out: Annotated[Path, typer.Option(help="Folder that the run leaves its model and report in.")],
    tenant: Annotated[str, typer.Option(help="Whose model it becomes.")] = "demo",
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the recipe's.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was interrupted in --out.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Train by the recipe, and leave the model, its figures and a report in the folder.

    Ctrl-C stops after the step at hand and leaves a checkpoint; --resume goes on from it, on a CPU to the same bits.
    Exit codes: 0 trained, 1 failed (no model was written), 2 wrong usage, 130 stopped.
    """
    from training import recipe as recipes  # torch takes seconds, which --help need not wait for
    from training.errors import StoppedError
    from training.example_files import ExampleReader
    from training.loop import Progress
    from training.run import MODEL, Provenance, run

    check_tenant(tenant)
    errors = Console(stderr=True)
    read = recipes.read(recipes.find(recipe))
    if seed is not None:
        read = read.model_copy(update={"seed": seed})
    now = datetime.now(UTC)
    provenance = Provenance(tenant, now.strftime("%Y%m%d-%H%M%S"), int(now.timestamp() * 1000))
    reader, start = ExampleReader.open(examples), time.monotonic()
    with epoch_bar(errors) as bar, _interruptions() as interrupted:
        task = bar.add_task("training", total=read.members * read.fitting.epochs, detail="")

        def show(member: int, progress: Progress) -> None:
            best = max((each.metrics[read.metric] for each in progress.curve), default=None)
            detail = f"member {member}  batch {progress.batch}  loss {progress.loss:.4f}"
            detail += f"  best {read.metric} {best:.4f}" if best is not None else ""
            bar.update(task, completed=member * read.fitting.epochs + progress.epoch, detail=detail)

        try:
            outcome = run(
                read, reader, out, provenance, resume=resume, report=show, stopping=lambda: bool(interrupted)
            )
        except StoppedError as error:
            bar.stop()
            errors.print(str(error), style="yellow", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(130) from error
    if json:
        summary = {"model": str(out / MODEL), "version": provenance.version, "metrics": outcome.metrics}
        typer.echo(orjson.dumps({**summary, "seconds": round(time.monotonic() - start, 3)}).decode())
    else:
        Console().print(_shown(outcome, out))


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Collect Ctrl-C and SIGTERM instead of dying of them; the second Ctrl-C kills as usual."""
    seen: list[int] = []

    def note(number: int, frame: object) -> None:
        seen.append(number)
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shown(outcome: "Outcome", out: Path) -> Table:
    table = Table(caption=f"{out}/report.html", caption_justify="left")
    table.add_column("metric")
    table.add_column("validation", justify="right")
    for name, value in outcome.metrics.items():
        table.add_row(name, f"{value:.4f}")
    return table
