"""`tideline bench rank|serve|views|audit`: the figures of answering."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from msgspec import structs
from rich.console import Console
from rich.table import Table

from deploy.bench.rig import open_rig
from deploy.bench.showing import Json, Outcome, show
from deploy.demo.steps import step
from deploy.terminable import run_terminable

Data = Annotated[Path, typer.Option(envvar="TIDELINE_DATA", exists=True, file_okay=False, help="Folder of MovieLens.")]


def rank(
    recipe: Annotated[
        str, typer.Option(help="Recipe of the ranker: a file, or the name of a shipped one.")
    ] = "deepfm",
    candidates: Annotated[int | None, typer.Option(min=1, help="A request's; 500 on a CPU, 4,096 on a GPU.")] = None,
    rounds: Annotated[int, typer.Option(min=10, help="Requests that are measured.")] = 500,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    json: Json = False,
) -> None:
    """Rank the candidates of a request, features included, on one core; on a GPU, score them.

    Milliseconds. Needs no stack. The weights are as before training, which costs the same.
    """
    from deploy.bench.ranking import measure_ranking  # imports torch

    if device not in ("cpu", "cuda"):
        raise typer.BadParameter(f"{device!r} is neither cpu nor cuda", param_hint="--device")
    count = candidates or (4096 if device == "cuda" else 500)
    times = measure_ranking(recipe, count, rounds, device)
    figures = {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100]}
    grid = Table("figure", "value", title=f"{recipe}, {count} candidates, {device}")
    for name, value in figures.items():
        grid.add_row(name, f"{value:.2f}")
    console = Console(stderr=json)
    console.print(grid)
    if json:
        typer.echo(
            orjson.dumps({**{name: round(value, 3) for name, value in figures.items()}, "device": device}).decode()
        )


def serve(
    data: Data,
    clients: Annotated[int, typer.Option(min=1, help="Concurrent clients of the second measurement.")] = 8,
    seconds: Annotated[float, typer.Option(min=1, help="Of each measurement.")] = 20,
    soak_minutes: Annotated[
        float, typer.Option(min=0, help="Of load, with a model swap and a change of configuration every half minute.")
    ] = 0,
    json: Json = False,
) -> None:
    """Ask a server for lists of 20 over gRPC: MovieLens, all channels, 500 candidates, DeepFM, rules and records.

    Milliseconds and requests a second, of one client, of several, and where lists made ahead answer: of these the
    times as one client meets them, the rate as several do. Channels have fitted models; the ranker's weights are as
    before training, which costs the same. Client and server are processes of their own.
    """
    from deploy.bench.serving import open_bench  # imports torch

    console = Console(stderr=json)

    async def measured() -> dict[str, Any]:
        async with open_bench(console, data) as bench:
            told: dict[str, Any] = {"single": structs.asdict(await bench.ask(1, seconds))}
            told["concurrent"] = structs.asdict(await bench.ask(clients, seconds))
            told["refreshed"] = structs.asdict(await bench.ahead(console, clients, seconds))
            if soak_minutes:
                told["soak"] = asdict(await bench.soak(clients, soak_minutes * 60))
        return told

    found = run_terminable(measured())
    grid = Table("measurement", "figure", "value")
    for name, figures in found.items():
        for figure, value in figures.items():
            grid.add_row(name, figure, f"{value:,}")
    console.print(grid)
    if json:
        typer.echo(orjson.dumps(found).decode())


def views(
    items: Annotated[int, typer.Option(min=1000, help="Items of the catalogue.")] = 1_000_000,
    json: Json = False,
) -> None:
    """Start a server over a large catalogue: seconds until it serves, and memory an item."""
    from deploy.bench.viewing import view_items

    async def measured(console: Console) -> Outcome:
        async with open_rig(console) as rig:
            return asdict(await view_items(rig, items)), {}

    show(f"views: {items:,} items", measured, json=json)


def audit(
    data: Data,
    decisions: Annotated[int, typer.Option(min=1, help="Lists that are asked for, and audited.")] = 10_000,
    clients: Annotated[int, typer.Option(min=1, help="Concurrent clients.")] = 8,
    json: Json = False,
) -> None:
    """Audit what a server decided under load: all features, read while users act on the lists, a fifth of them late.

    Exit codes: 0 no feature differs, 1 some do.
    """
    from deploy.bench.serving import open_bench  # imports torch
    from training.features.catalog import FEATURES

    console = Console(stderr=json)

    async def measured() -> dict[str, Any]:
        async with open_bench(console, data, list(FEATURES)) as bench:
            with step(console, f"{decisions:,} lists served"):
                met = await bench.ask(clients, 3_600, decisions, acting=True)
            with step(console, "audited"):
                return {**await bench.audit(decisions), "requests": met.requests, "failed": met.failed}

    found = run_terminable(measured())
    console.print(", ".join(f"{value:,} {name}" for name, value in found.items()), highlight=False)
    if json:
        typer.echo(orjson.dumps(found).decode())
    if found["mismatches"]:
        raise typer.Exit(1)
