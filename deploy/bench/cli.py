"""`tideline bench`: the figures that Tideline is held to, measured on a stack of its own."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from deploy.bench import folding, rebuilding
from deploy.bench.background import send_until
from deploy.bench.freshness import measure_freshness
from deploy.bench.oracle import Oracle
from deploy.bench.peers.contest import CONTESTANTS, Contest
from deploy.bench.recovering import measure_recovery
from deploy.bench.restoring import restore_table
from deploy.bench.rig import open_rig
from deploy.bench.serving_cli import audit, rank, serve, views
from deploy.bench.showing import Json, Outcome, show
from deploy.bench.workload import Workload
from schemas.settings import RegistrySettings
from topics.events import EventProducer
from topics.settings import KafkaSettings
from topics.stopping import stopping

app = typer.Typer(
    no_args_is_help=True,
    help="Measure the real worker on a Kafka and a registry of its own, which are started and stopped for it.",
)

Events = Annotated[int, typer.Option(min=1000, help="Events of the workload; Zipf, seed 7.")]

_EVENTS: Final = 500_000


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

    show(f"fold: events a second, {events:,} events", measured, json=json)


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

    show(f"rebuild: all tables from a log of {events:,} events", measured, json=json)


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

    show(f"scale: events a second, {events:,} events", measured, json=json)


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

    show(f"freshness: {probes} probes at {rate:,g} events a second", measured, json=json)


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

    show(f"restore: {rows:,} rows", measured, json=json)


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

    show(f"recover: {kills} kills at {rate:,g} events a second", measured, json=json)


for _command in (rank, serve, views, audit):
    app.command()(_command)
