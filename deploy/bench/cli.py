"""`tideline bench`: the figures that Tideline is held to, measured on a stack of its own."""

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from msgspec import structs
from rich.console import Console
from rich.table import Table

from deploy.bench import folding, rebuilding
from deploy.bench.background import send_until
from deploy.bench.errors import WrongTablesError
from deploy.bench.freshness import measure_freshness
from deploy.bench.oracle import Oracle
from deploy.bench.peers.contest import CONTESTANTS, Contest
from deploy.bench.recovering import measure_recovery
from deploy.bench.report import Figures, report
from deploy.bench.restoring import restore_table
from deploy.bench.rig import open_rig
from deploy.bench.workload import Workload
from deploy.demo.steps import step
from deploy.terminable import run_terminable
from schemas.settings import RegistrySettings
from topics.events import EventProducer
from topics.settings import KafkaSettings
from topics.stopping import stopping

app = typer.Typer(
    no_args_is_help=True,
    help="Measure the real worker on a Kafka and a registry of its own, which are started and stopped for it.",
)

Events = Annotated[int, typer.Option(min=1000, help="Events of the workload; Zipf, seed 7.")]
Data = Annotated[Path, typer.Option(envvar="TIDELINE_DATA", exists=True, file_okay=False, help="Folder of MovieLens.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]

_EVENTS: Final = 500_000
_WIDTH: Final = 119
Outcome = tuple[Figures, dict[str, str]]
"""Figures, and a note for some of them."""


@app.command()
def fold(
    events: Events = _EVENTS,
    peers: Annotated[
        Path | None,
        typer.Option(envvar="TIDELINE_PEERS", exists=True, file_okay=False, help="Folder with the peers' scripts."),
    ] = None,
    json: Json = False,
) -> None:
    """Fold the workload with Tideline's worker and, on the same broker, with Quix Streams and Kafka Streams.

    Events a second. Tideline's is of the behaviour agent, which does the peers' job and de-duplicates; its tables are
    compared with a single-process fold of the same events before a rate is shown, and so is one with all agents.
    `_buckets` are the peers with Tideline's algorithm instead of twelve hopping windows. A peer that cannot be run
    here is null.
    """

    async def measured(console: Console) -> Outcome:
        workload = Workload(events)
        oracle = Oracle(workload.events())
        async with open_rig(console) as rig:
            await rig.fill(workload)
            tideline = await folding.fold(rig, folding.PEERS_JOB, "peers-job", events, oracle)
            everything = await folding.fold(rig, folding.WHOLE_JOB, "all-agents", events, oracle)
            contest = Contest(console, peers, rig.kafka.bootstrap_servers, events, rig.folder)
            outcomes = await contest.run()
        rates = {name: outcomes.rates.get(name) for name in CONTESTANTS}
        times = {name: f"Tideline is {tideline / rate:.2f} times as fast" for name, rate in outcomes.rates.items()}
        notes = {"tideline": f"{everything:,.0f} with all agents", **outcomes.absent, **times}
        return {"tideline": tideline, "tideline_buckets": tideline, **rates, "exact": True}, notes

    _show(f"fold: events a second, {events:,} events", measured, json=json)


@app.command()
def rebuild(events: Events = _EVENTS, json: Json = False) -> None:
    """Run `tideline rebuild` on a full log: events a second, from the log into a new generation of all tables.

    `exact` says that all tables were compared, row by row, with a single-process fold of the same events.
    """

    async def measured(console: Console) -> Outcome:
        workload = Workload(events)
        oracle = Oracle(workload.events())
        async with open_rig(console) as rig:
            await rig.fill(workload)
            pace = await rebuilding.rebuild(rig, events, oracle)
        return {"events_per_s": pace, "exact": True}, {}

    _show(f"rebuild: all tables from a log of {events:,} events", measured, json=json)


@app.command()
def scale(events: Events = _EVENTS, json: Json = False) -> None:
    """Fold the same log with one worker and with two, each with all agents: events a second."""

    async def measured(console: Console) -> Outcome:
        workload = Workload(events)
        oracle = Oracle(workload.events())
        async with open_rig(console) as rig:
            await rig.fill(workload)
            one = await folding.fold(rig, folding.WHOLE_JOB, "one-worker", events, oracle)
            two = await folding.fold(rig, folding.WHOLE_JOB, "two-workers", events, oracle, workers=2)
        return {"workers_1": one, "workers_2": two}, {"workers_2": f"{two / one:.2f} times one"}

    _show(f"scale: events a second, {events:,} events", measured, json=json)


@app.command()
def freshness(
    probes: Annotated[int, typer.Option(min=10, help="Events whose way is timed, one after another.")] = 300,
    rate: Annotated[float, typer.Option(min=1, help="Other events a second meanwhile.")] = 5000,
    json: Json = False,
) -> None:
    """Time the way of an event from the broker's acknowledgement into a serving view, under load: milliseconds."""

    async def measured(console: Console) -> Outcome:
        async with open_rig(console) as rig:
            found = await measure_freshness(rig, probes, rate)
        return {"p50_ms": found.percentile(50), "p99_ms": found.percentile(99)}, {}

    _show(f"freshness: {probes} probes at {rate:,g} events a second", measured, json=json)


@app.command()
def load(
    rate: Annotated[float, typer.Option(min=1, help="Events a second.")] = 5000,
) -> None:
    """Send the workload to the cluster of the settings until SIGTERM or Ctrl-C, for ten minutes at most.

    A load under which something else is measured. It makes 20,000 users and 5,000 items of the tenant `acme`.
    """
    with stopping() as stop, EventProducer.connect(KafkaSettings(), RegistrySettings()) as producer:
        send_until(stop, producer, rate)


@app.command()
def restore(
    rows: Annotated[int, typer.Option(min=1000, help="Rows in the changelog of user_activity.")] = 1_000_000,
    json: Json = False,
) -> None:
    """Restore an empty store from a changelog of many rows, all partitions at once, as a worker that takes over."""

    async def measured(console: Console) -> Outcome:
        async with open_rig(console) as rig:
            done = await restore_table(rig, rows)
        size = f"{done.bytes / done.rows:,.0f} bytes a row"
        return {"rows_per_s": done.rows / done.seconds, "seconds": done.seconds}, {"rows_per_s": size}

    _show(f"restore: {rows:,} rows", measured, json=json)


@app.command()
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


@app.command()
def serve(
    data: Data,
    clients: Annotated[int, typer.Option(min=1, help="Concurrent clients of the second measurement.")] = 8,
    seconds: Annotated[float, typer.Option(min=1, help="Of each measurement.")] = 20,
    soak_minutes: Annotated[float, typer.Option(min=0, help="Of load with a model swap every half minute.")] = 0,
    json: Json = False,
) -> None:
    """Ask a server for lists of 20 over gRPC: MovieLens, all channels, 500 candidates, DeepFM, rules and records.

    Milliseconds and requests a second, of one client, of several, and where lists made ahead answer. Channels have
    fitted models; the ranker's weights are as before training, which costs the same. Client and server are processes
    of their own.
    """
    from deploy.bench.serving import open_bench  # imports torch

    console = Console(stderr=json)

    async def measured() -> dict[str, Any]:
        async with open_bench(console, data) as bench:
            told: dict[str, Any] = {"single": structs.asdict(await bench.ask(1, seconds))}
            told["concurrent"] = structs.asdict(await bench.ask(clients, seconds))
            told["refreshed"] = structs.asdict(await bench.ahead(console, seconds))
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


@app.command()
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


@app.command()
def recover(
    kills: Annotated[int, typer.Option(min=1, help="How often one of the two is killed.")] = 3,
    rate: Annotated[float, typer.Option(min=1, help="Events a second meanwhile.")] = 1000,
    json: Json = False,
) -> None:
    """Kill one of two workers under load, with -9: seconds until the other has done all that was in the log then."""

    async def measured(console: Console) -> Outcome:
        async with open_rig(console) as rig:
            seconds = await measure_recovery(rig, kills, rate)
        each = ", ".join(f"{one:.1f}" for one in seconds)
        return {"seconds": max(seconds), "kills": len(seconds)}, {"seconds": f"the longest of {each}"}

    _show(f"recover: {kills} kills at {rate:,g} events a second", measured, json=json)


def _show(title: str, measure: Callable[[Console], Coroutine[Any, Any, Outcome]], *, json: bool) -> None:
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
