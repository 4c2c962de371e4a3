"""`tideline state`: what the tables hold."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Grid

from agents.state.asof import as_of
from agents.state.columns import unpack
from agents.state.display import render
from agents.state.hashing import PartitionHash, hash_partition, whole_table, written
from agents.state.lookup import find_rows
from agents.state.opening import open_log, progress_bar, table_named
from agents.state.refold import Log
from agents.tables import TABLES, Table
from schemas.records import Row
from schemas.tenancy import TenantKey
from topics.moments import parse_moment, show_moment

app = typer.Typer(
    no_args_is_help=True,
    help="Look at the tables, read from their changelogs alone: no worker and no server needs to run.",
)
console: Final = Console()

GenerationNumber = Annotated[
    int | None, typer.Option("--generation", min=0, help="Of this generation; by default of the one that serves.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]


@app.command()
def get(
    table: Annotated[str, typer.Argument(help=f"One of {', '.join(table.name for table in TABLES)}.")],
    tenant: Annotated[str, typer.Argument(help="Whose row.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="Id of the user or item.")],
    moment: Annotated[
        int | None,
        typer.Option(
            "--as-of",
            parser=parse_moment,
            metavar="TIME",
            help="As it was when the log had been written up to then, by the broker's clock: ISO 8601 or ms.",
        ),
    ] = None,
    generation: GenerationNumber = None,
    json: Json = False,
) -> None:
    """Show the row of a user or item, all chunks of a chunked table. Exit codes: 0 found, 1 no row, 2 wrong usage.

    The partition's changelog is read to its end: seconds for a large table. With --as-of it is the partition's events
    that are read, and those of this user or item are folded again. --json gives the numbers as stored.
    """
    chosen, key = table_named(table), TenantKey(tenant, identity)
    with open_log(generation, (chosen,)) as log:
        answer = _present(chosen, key, log) if moment is None else _past(chosen, key, moment, log)
    if json:
        rows = [{"chunk": chunk, "row": unpack(row)} for chunk, row in answer.rows.items()]
        typer.echo(orjson.dumps({"generation": log.generation.number, **answer.place, "rows": rows}))
    else:
        for chunk, row in answer.rows.items():
            console.rule(f"{tenant}/{identity} {chunk}".strip(), align="left")
            for part in render(row):
                console.print(part)
        told = f"{len(answer.rows) or 'no'} rows in {answer.told}"
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    if not answer.rows:
        raise typer.Exit(1)


class _Answer(NamedTuple):
    rows: Mapping[str, Row]
    place: dict[str, Any]
    told: str
    """The place in words."""


def _present(table: Table[Any], key: TenantKey, log: Log) -> _Answer:
    found = find_rows(table, key, log.reader, log.codecs.of(table.changelog), log.generation)
    place = {"partition": found.partition, "position": found.position}
    return _Answer(found.rows, place, f"{log.generation.name(table.changelog)}/{found.partition} at {found.position}")


def _past(table: Table[Any], key: TenantKey, moment: int, log: Log) -> _Answer:
    with progress_bar() as bar:
        task = bar.add_task("events", total=None)
        past = as_of(table, key, moment, log, lambda done, total: bar.update(task, completed=done, total=total))
    until = {f"{at.topic}/{at.number}": offset for at, offset in past.until.items()}
    bounds = ", ".join(f"{at} before {offset}" for at, offset in until.items())
    return _Answer(past.rows, {"until": until}, f"{table.name} as of {show_moment(moment)}: {bounds}")


@app.command("hash")
def hash_tables(
    tables: Annotated[list[str] | None, typer.Option("--table", help="Only this one; several times.")] = None,
    generation: GenerationNumber = None,
    json: Json = False,
) -> None:
    """Give a digest of each table and partition, and the position of the changelog that it belongs to.

    Equal digests mean equal rows, in whatever order their events came; where the events stood in the log is left out.
    """
    chosen = tuple(table_named(name) for name in tables or ()) or TABLES
    with open_log(generation, chosen) as log, progress_bar() as bar:
        hashes = {table.name: _hash_table(table, log, bar) for table in chosen}
    if json:
        found = [_described(name, parts) for name, parts in hashes.items()]
        typer.echo(orjson.dumps({"generation": log.generation.number, "tables": found}))
        return
    grid = Grid("table", "partition", "position", "rows", "digest")
    for name, parts in hashes.items():
        for part in parts:
            short = "" if part.whole else " (the changelog was cut: rows may be missing)"
            grid.add_row(
                name, str(part.partition), f"{part.position:,}", f"{part.rows:,}", written(part.digest) + short
            )
        rows = sum(part.rows for part in parts)
        grid.add_row(name, "all", "", f"{rows:,}", written(whole_table(parts)), style="bold", end_section=True)
    console.print(grid)


def _hash_table(table: Table[Any], log: Log, bar: Progress) -> list[PartitionHash]:
    hashes = []
    for at in log.partitions(table.changelog):
        task = bar.add_task(f"{table.name}/{at.number}", total=None)
        hashes.append(
            hash_partition(
                at,
                log.reader,
                log.codecs.of(table.changelog),
                lambda done, total, task=task: bar.update(task, completed=done, total=total),  # type: ignore[misc]
            )
        )
        bar.remove_task(task)
    return hashes


def _described(name: str, found: list[PartitionHash]) -> dict[str, Any]:
    return {
        "table": name,
        "digest": written(whole_table(found)),
        "rows": sum(part.rows for part in found),
        "partitions": [{**part._asdict(), "digest": written(part.digest)} for part in found],
    }
