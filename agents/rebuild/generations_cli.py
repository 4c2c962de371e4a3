"""`tideline generations`."""

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from agents.rebuild.dropping import drop as drop_generation
from agents.rebuild.standing import Standing, standings
from agents.settings import WorkerSettings
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.generation import Generation
from topics.generations import SUBJECTS, Generations
from topics.groups import Groups
from topics.moments import show_moment
from topics.reader import LogReader
from topics.settings import KafkaSettings

app = typer.Typer(
    no_args_is_help=True,
    help="The generations of tables that there are: one serves, others are built beside it (`tideline rebuild`).",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List the generations that were not dropped: how far each is, and how far behind the one that serves.

    `folded` are offsets of the events, `waiting` records that travel from users to items, `behind` what the one that
    serves has folded beyond this one, `workers` how many keep it current.
    """
    kafka = KafkaSettings()
    reader = LogReader(kafka)
    found = standings(_generations(reader), reader.offsets, Groups(kafka), WorkerSettings().group)
    if json:
        typer.echo(orjson.dumps({"generations": [_described(each) for each in found]}).decode())
        return
    grid = Table("generation", "status", "from", "since", "folded", "of", "waiting", "behind", "workers")
    for each in found:
        change = each.change
        grid.add_row(
            f"{each.generation}{' serves' if each.serves else ''}",
            change.status,
            change.method if change.changed_at >= 0 else "workers",
            show_moment(change.changed_at)[:19] if change.changed_at >= 0 else "",
            f"{each.folded:,}",
            f"{each.events:,}",
            f"{each.waiting:,}",
            f"{each.behind:,}",
            str(each.workers),
        )
    Console().print(grid)


@app.command()
def drop(
    number: Annotated[int, typer.Argument(min=0, help="Number of the generation.")],
    json: Json = False,
) -> None:
    """Delete a generation: its topics, its group and its rows on this machine; the one that serves is refused.

    The events stay, so that nothing is lost that could not be built again.
    """
    kafka = KafkaSettings()
    drop_generation(Generation(number), _generations(LogReader(kafka)), kafka, WorkerSettings())
    if json:
        typer.echo(orjson.dumps({"generation": number, "status": "dropped"}).decode())
    else:
        Console().print(f"generation {number} is dropped")


def _generations(reader: LogReader) -> Generations:
    return Generations(reader, load_codecs(Registry(RegistrySettings()), SUBJECTS))


def _described(each: Standing) -> dict[str, Any]:
    return {
        "generation": each.generation.number,
        "status": each.change.status,
        "method": each.change.method,
        "changed_at": each.change.changed_at,
        "serves": each.serves,
        "folded": each.folded,
        "events": each.events,
        "waiting": each.waiting,
        "behind": each.behind,
        "workers": each.workers,
    }
