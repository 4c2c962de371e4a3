"""`tideline state`: what the tables hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Grid

from agents.state.columns import unpack
from agents.state.display import render
from agents.state.hashing import PartitionHash, hash_partition, whole_table, written
from agents.state.lookup import find_rows
from agents.tables import TABLES, Table
from schemas.loading import Codecs, load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import TenantKey
from topics.reader import LogReader
from topics.settings import KafkaSettings

app = typer.Typer(
    no_args_is_help=True,
    help="Look at the tables, read from their changelogs alone: no worker and no server needs to run.",
)
console: Final = Console()
errors: Final = Console(stderr=True)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]


@app.command()
def get(
    table: Annotated[str, typer.Argument(help=f"One of {', '.join(table.name for table in TABLES)}.")],
    tenant: Annotated[str, typer.Argument(help="Whose row.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="Id of the user or item.")],
    json: Json = False,
) -> None:
    """Show the row of a user or item, all chunks of a chunked table. Exit codes: 0 found, 1 no row, 2 wrong usage.

    The partition's changelog is read to its end: seconds for a large table. --json gives the numbers as stored.
    """
    chosen = _table_named(table)
    with _codecs((chosen,)) as codecs:
        found = find_rows(chosen, TenantKey(tenant, identity), LogReader(KafkaSettings()), codecs.of(chosen.changelog))
    place = f"{chosen.changelog.name}/{found.partition} at {found.position}"
    if json:
        rows = [{"chunk": chunk, "row": unpack(row)} for chunk, row in found.rows.items()]
        typer.echo(orjson.dumps({"partition": found.partition, "position": found.position, "rows": rows}))
    else:
        for chunk, row in found.rows.items():
            console.rule(f"{tenant}/{identity} {chunk}".strip(), align="left")
            for part in render(row):
                console.print(part)
        console.print(f"{len(found.rows) or 'no'} rows in {place}", markup=False, highlight=False)
    if not found.rows:
        raise typer.Exit(1)


@app.command("hash")
def hash_tables(
    tables: Annotated[list[str] | None, typer.Option("--table", help="Only this one; several times.")] = None,
    json: Json = False,
) -> None:
    """Give a digest of each table and partition, and the position of the changelog that it belongs to.

    Equal digests mean equal rows, in whatever order their events came; where the events stood in the log is left out.
    """
    chosen = tuple(_table_named(name) for name in tables or ()) or TABLES
    with _codecs(chosen) as codecs, Progress(console=errors, disable=not errors.is_terminal, transient=True) as bar:
        reader = LogReader(KafkaSettings())
        hashes = {table.name: _hash_table(table, reader, codecs, bar) for table in chosen}
    if json:
        typer.echo(orjson.dumps({"tables": [_described(name, found) for name, found in hashes.items()]}))
        return
    grid = Grid("table", "partition", "position", "rows", "digest")
    for name, found in hashes.items():
        for part in found:
            short = "" if part.whole else " (the changelog was cut: rows may be missing)"
            grid.add_row(
                name, str(part.partition), f"{part.position:,}", f"{part.rows:,}", written(part.digest) + short
            )
        rows = sum(part.rows for part in found)
        grid.add_row(name, "all", "", f"{rows:,}", written(whole_table(found)), style="bold", end_section=True)
    console.print(grid)


def _hash_table(table: Table[Any], reader: LogReader, codecs: Codecs, bar: Progress) -> list[PartitionHash]:
    hashes = []
    for at in reader.offsets.partitions(table.changelog.name):
        task = bar.add_task(f"{table.name}/{at.number}", total=None)
        hashes.append(
            hash_partition(
                table,
                at.number,
                reader,
                codecs.of(table.changelog),
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


def _table_named(name: str) -> Table[Any]:
    for table in TABLES:
        if table.name == name:
            return table
    raise typer.BadParameter(f"no table is named {name!r}; there are {', '.join(table.name for table in TABLES)}")


@contextmanager
def _codecs(tables: tuple[Table[Any], ...]) -> Iterator[Codecs]:
    with Registry(RegistrySettings()) as registry:
        yield load_codecs(registry, {table.changelog.subject: table.changelog.record for table in tables})
