"""`tideline topics`: what the broker should have, what it has, and making the two agree."""

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from topics.admin import TopicAdmin
from topics.catalog import TOPICS
from topics.errors import TopicMismatchError
from topics.offsets import LogOffsets
from topics.plan import Configure, Create, Plan, Step
from topics.settings import KafkaSettings

app = typer.Typer(
    no_args_is_help=True,
    help="Declare and create the topics. The broker is that of TIDELINE_KAFKA_BOOTSTRAP_SERVERS.",
)
console = Console()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@app.command()
def plan(json: Json = False) -> None:
    """Show what `apply` would do, and do nothing. Exit codes: 0 nothing or something to do, 1 apply would refuse."""
    found = TopicAdmin(KafkaSettings()).plan(TOPICS)
    _show(found, json)
    if found.mismatches:
        raise typer.Exit(1)


@app.command()
def apply(json: Json = False) -> None:
    """Create the topics that are missing, and set back configuration that has drifted.

    A topic with another number of partitions than declared refuses the whole plan. Topics that nobody declared are
    listed and left alone.
    """
    admin = TopicAdmin(KafkaSettings())
    found = admin.plan(TOPICS)
    _show(found, json)
    try:
        admin.apply(found)
    except TopicMismatchError:
        raise typer.Exit(1) from None  # the table has said why


@app.command()
def describe(json: Json = False) -> None:
    """List the declared topics: partitions and offsets on the broker, what is kept, the key, what they are for."""
    settings = KafkaSettings()
    existing = TopicAdmin(settings).existing()
    offsets = LogOffsets(settings)
    described = [
        {
            "topic": topic.name,
            "partitions": existing[topic.name].partitions if topic.name in existing else None,
            "offsets": _offsets(offsets, topic.name) if topic.name in existing else None,
            "cleanup": topic.cleanup.value,
            "key": topic.key,
            "record": topic.record.__name__,
            "doc": topic.doc,
        }
        for topic in TOPICS
    ]
    if json:
        typer.echo(orjson.dumps({"topics": described}))
        return
    table = Table("topic", "partitions", "offsets", "keeps", "key", "what")
    for row in described:
        missing = row["partitions"] is None
        numbers = ("[red]missing", "") if missing else (str(row["partitions"]), f"{row['offsets']:,}")
        table.add_row(str(row["topic"]), *numbers, str(row["cleanup"]), str(row["key"]), str(row["doc"]))
    table.columns[0].no_wrap = True
    console.print(table)


def _offsets(offsets: LogOffsets, topic: str) -> int:
    """Return the offsets between start and end over all partitions: at least the number of records."""
    partitions = offsets.partitions(topic)
    starts, ends = offsets.start(partitions), offsets.end(partitions)
    return sum(ends[at] - starts[at] for at in partitions)


def _show(found: Plan, json: bool) -> None:
    rows = [_described(step) for step in found.steps]
    if json:
        typer.echo(orjson.dumps({"steps": rows, "unknown": list(found.unknown)}))
        return
    table = Table("topic", "step", "detail")
    colours = {"create": "green", "configure": "yellow", "refused": "red"}
    for row in rows:
        table.add_row(row["topic"], f"[{colours[row['step']]}]{row['step']}", row["detail"])
    table.columns[0].no_wrap = True
    console.print(table if rows else "every topic is as declared")
    if found.unknown:
        console.print(f"not declared, left alone: {', '.join(found.unknown)}")


def _described(step: Step) -> dict[str, Any]:
    if isinstance(step, Create):
        settings = ", ".join(f"{name}={value}" for name, value in step.config.items())
        detail = f"{step.partitions} partitions, {step.replication_factor} copies each, {settings}"
        return {"topic": step.name, "step": "create", "detail": detail}
    if isinstance(step, Configure):
        changes = [f"{name}: {step.present[name]} -> {value}" for name, value in step.config.items()]
        return {"topic": step.name, "step": "configure", "detail": ", ".join(changes)}
    return {"topic": step.name, "step": "refused", "detail": step.why}
