"""`tideline load`."""

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from deploy.load.bar import event_bar
from deploy.load.movielens import read_behavior, read_catalogue
from deploy.load.rows import Place
from deploy.load.sending import send_all
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from schemas.validation import Event
from topics.events import EventProducer
from topics.settings import KafkaSettings

app = typer.Typer(no_args_is_help=True, help="Put a data set into the log, as events with their own times.")


@app.callback()
def _load() -> None:
    """Make typer ask for the data set's name, though there is only one yet."""


@app.command()
def movielens(
    folder: Annotated[Path, typer.Argument(envvar="TIDELINE_DATA", help="Folder with movies, ratings and tags.csv.")],
    tenant: Annotated[str, typer.Option(help="Whose events they become.")] = "demo",
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Events a second at most; full speed by default.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="Only so many ratings and tags, the earliest.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Load MovieLens: movies to item.change.v1, then ratings and tags to behavior.event.v1, in time order.

    Event ids are made of the rows, so loading the set again changes no table. A bad row is named on standard error
    with its file and line, and the rest goes on. Exit codes: 0 all rows were loaded, 1 some were bad or the load
    failed, 2 wrong usage.
    """
    check_tenant(tenant)
    errors = Console(stderr=True)
    bad: Counter[str] = Counter()

    def reject(place: Place, why: str) -> None:
        bad[place.file] += 1
        errors.print(f"{place}: {why}", style="red", markup=False, highlight=False, soft_wrap=True)

    with errors.status("reading"):
        changes = list(read_catalogue(folder, tenant, reject))
        genres = {change.item_id: change.categories or [] for change in changes}
        behavior = read_behavior(folder, tenant, genres, reject)[:limit]
    events: list[Event] = [*changes, *behavior]
    start = time.monotonic()
    with EventProducer.connect(KafkaSettings(), RegistrySettings()) as producer, event_bar(errors) as bar:
        task = bar.add_task("loading", total=len(events))
        send_all(producer, events, rate=rate, advance=lambda count: bar.advance(task, count))
    seconds = time.monotonic() - start
    actions = Counter(str(event.action) for event in behavior)
    loaded = {"movies": len(changes), "ratings": actions["rate"], "tags": actions["comment"]}
    if json:
        typer.echo(orjson.dumps({"loaded": loaded, "bad_rows": dict(bad), "seconds": round(seconds, 3)}))
    else:
        Console().print(_summary(loaded, bad, len(events) / seconds))
    if bad:
        raise typer.Exit(1)


def _summary(loaded: dict[str, int], bad: Counter[str], rate: float) -> Table:
    table = Table(caption=f"{rate:,.0f} events/s", caption_justify="left")
    table.add_column("file")
    for heading in ("loaded", "bad rows"):
        table.add_column(heading, justify="right")
    for name, count in loaded.items():
        table.add_row(f"{name}.csv", f"{count:,}", f"{bad[f'{name}.csv']:,}")
    return table
