"""`tideline train`."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from msgspec import structs
from rich.console import Console
from rich.table import Table

from schemas.tenancy import check_tenant
from training.bar import epoch_bar
from training.progress import tell

if TYPE_CHECKING:
    from training.report.outcome import Outcome

app = typer.Typer(help="Train a model by a recipe.")


@app.command()
def train(
    recipe: Annotated[
        str | None, typer.Argument(help="A recipe's file, or the name of a shipped one: deepfm, wide_deep, ...")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder that the run leaves its model and report in.")] = None,
    examples: Annotated[
        Path | None, typer.Option(help="File of examples (.arrow), or a folder of them; for ranking models.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose model it becomes.")] = "demo",
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the recipe's.")] = None,
    last: Annotated[
        int,
        typer.Option(
            min=1, help="Interactions that a recall model is made of at most, the latest; 600 bytes of memory each."
        ),
    ] = 5_000_000,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was interrupted in --out.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Run the jobs of `tideline jobs` instead, for ever; several may.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Train by the recipe, and leave the model, its figures and a report in the folder.

    A ranking model (deepfm, wide_deep, two_tower, lambdamart) learns from examples. A recall model (ease, ease_acts,
    ease_any, als, transitions, sasrec, retrieval) is made of the tenant's behaviour in the log.
    `tideline models release` takes either.

    Ctrl-C stops after the step at hand and leaves a checkpoint; --resume goes on from it, on a CPU to the same bits.
    Exit codes: 0 trained, 1 failed (no model was written), 2 wrong usage, 130 stopped.
    """
    from training import recipe as recipes  # torch takes seconds, which --help need not wait for
    from training.errors import StoppedError
    from training.example_files import ExampleReader
    from training.loop import Progress
    from training.recall.recipe import is_recall
    from training.run import MODEL, Provenance, run

    if follow:
        from training.jobs.cli import work

        work()
        return
    if recipe is None or out is None:
        raise typer.BadParameter("a recipe and --out are needed, or --follow")
    check_tenant(tenant)
    errors = Console(stderr=True)
    path = recipes.find(recipe)
    if is_recall(path):
        _fit(path, out, tenant, seed, last, errors, json=json)
        return
    if examples is None:
        raise typer.BadParameter("a ranking model learns from examples", param_hint="--examples")
    read = recipes.read(path)
    if seed is not None:
        read = read.model_copy(update={"seed": seed})
    now = datetime.now(UTC)
    provenance = Provenance(tenant, version_at(now), int(now.timestamp() * 1000))
    reader, start = ExampleReader.open(examples), time.monotonic()
    with epoch_bar(errors) as bar, _interruptions() as interrupted:
        task = bar.add_task("training", total=read.members * read.fitting.epochs, detail="")

        def show(member: int, progress: Progress) -> None:
            best = max((each.metrics[read.metric] for each in progress.curve), default=None)
            detail = f"member {member}  batch {progress.batch}  loss {progress.loss:.4f}"
            detail += f"  best {read.metric} {best:.4f}" if best is not None else ""
            done, total = member * read.fitting.epochs + progress.epoch, read.members * read.fitting.epochs
            bar.update(task, completed=done, detail=detail)
            tell(done / total, detail)

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


def _fit(path: Path, out: Path, tenant: str, seed: int | None, last: int, errors: Console, *, json: bool) -> None:
    """Fit a recall model on the log, and save it."""
    from training.artifact.storage import save
    from training.behavior_log import item_tags, read_behavior, read_catalogue
    from training.recall.recipe import fit_all, read
    from training.recall.validation import validated

    recipe = read(path)
    if seed is not None:
        recipe = recipe.model_copy(update={"seed": seed})
    if out.exists():
        raise typer.BadParameter(f"{out} is there already; choose another folder", param_hint="--out")
    start, now = time.monotonic(), datetime.now(UTC)
    with errors.status("reading the log"):
        log = read_behavior(tenant, last)
        tags = item_tags(read_catalogue(tenant))
    if log.refused:
        errors.print(f"{log.refused:,} events of the log are not valid, and were left out", style="yellow")
    with errors.status(f"fitting {recipe.name}") as status:
        told_of = log.manifest(version_at(now), now)
        (model,) = fit_all(log.interactions, [recipe], told_of, tags)
        if not model.manifest.metrics:
            status.update(f"validating {recipe.name}")
            metrics = validated(log.interactions, lambda left: fit_all(left, [recipe], told_of, tags)[0])
            model = replace(model, manifest=structs.replace(model.manifest, metrics=dict(metrics)))
        manifest = save(out, model)
    told = {"model": str(out), "version": manifest.version, "items": manifest.words["items"]}
    told |= {name: round(value, 4) for name, value in manifest.metrics.items()}
    told |= {"interactions": len(log.interactions), "seconds": round(time.monotonic() - start, 3)}
    if json:
        typer.echo(orjson.dumps(told).decode())
    else:
        grid = Table(show_header=False)
        for name, value in told.items():
            grid.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
        Console().print(grid)


def version_at(moment: datetime) -> str:
    """Return the version of a model that is made at that moment: to the millisecond, for two may be in one second."""
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03}"


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
