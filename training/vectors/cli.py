"""`tideline vectors`."""

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from schemas.loading import load_codecs
from schemas.model_records import VectorSet
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from topics.moments import show_moment
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings
from topics.stopping import stopping
from topics.vectors import SUBJECTS as SET_SUBJECTS
from topics.vectors import VectorSets
from training.artifact.store import ModelSettings, ModelStore

app = typer.Typer(
    no_args_is_help=True,
    help="Vectors of items and users, made by released models; VectorService (gRPC) answers from them.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]


@app.command()
def publish(
    follow: Annotated[bool, typer.Option("--follow", help="Go on as items, users and models change.")] = False,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's; by default everybody's.")] = None,
    json: Json = False,
) -> None:
    """Make the vectors of all items and users by every released model that has any, and write them to the log.

    It goes on where it was: what is in the log already is not made again. With --follow it runs until SIGTERM or
    Ctrl-C, and a new or changed item has its vector as soon as the tables have the item. Run one of it. The job that
    VectorService/GenerateVectors asks for is this command with --tenant; another one beside it only costs time.
    """
    if tenant is not None:
        check_tenant(tenant)
    from training.vectors.publisher import SUBJECTS, Publisher

    console = Console(stderr=True)
    kafka = KafkaSettings()
    reader = LogReader(kafka)
    codecs = load_codecs(Registry(RegistrySettings()), SUBJECTS)
    with LogProducer(kafka) as producer, stopping() as stop, _bar(console) as bar:
        task = bar.add_task("rows")
        publisher = Publisher(reader, codecs, ModelStore(ModelSettings().folder), producer, tenant)
        made = publisher.run(
            stop, follow=follow, report=lambda done, total: bar.update(task, completed=done, total=max(done, total))
        )
    _show(made, json=json)


@app.command("list")
def list_(
    tenant: Annotated[str, typer.Option(help="Whose models.")] = "demo",
    json: Json = False,
) -> None:
    """List of which version of each model all vectors are in the log."""
    check_tenant(tenant)
    sets = VectorSets(LogReader(KafkaSettings()), load_codecs(Registry(RegistrySettings()), SET_SUBJECTS))
    _show([each for each in sets.all().values() if each.tenant_id == tenant], json=json)


def _show(sets: list[VectorSet], *, json: bool) -> None:
    if json:
        told = [{name: getattr(each, name) for name in each.__struct_fields__} for each in sets]
        typer.echo(orjson.dumps({"sets": told, "complete": len(told)}).decode())
        return
    if not sets:
        Console().print("no released model makes vectors; `tideline models release` one of kind retrieval or als")
        return
    grid = Table("tenant", "of", "model", "version", "dimension", "written")
    for each in sorted(sets, key=lambda one: (one.tenant_id, one.subject, one.model)):
        at = show_moment(each.made_at)[:19]
        grid.add_row(each.tenant_id, each.subject, each.model, each.version, str(each.dimension), at)
    Console().print(grid)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
