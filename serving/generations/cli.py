"""`tideline switch`."""

from typing import Annotated

import orjson
import typer
from rich.console import Console

from schemas.loading import load_codecs
from schemas.records import GenerationChange, GenerationStatus
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.errors import GenerationError
from serving.generations.fitness import check_whole, lacking
from topics.admin import TopicAdmin
from topics.generation import Generation
from topics.generations import SUBJECTS, Generations, now_ms
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings


def switch(
    number: Annotated[int | None, typer.Argument(min=0, help="Number of the generation that is to serve.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Return to the generation that served before.")] = False,
    behind: Annotated[
        bool, typer.Option("--behind", help="Even if it lacks records: to show a past state, built with --until.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds that its workers are given to catch up.")] = 5.0,
    group: Annotated[
        str, typer.Option(envvar="TIDELINE_WORKER_GROUP", help="Consumer group of the workers, without a generation.")
    ] = "tideline",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Let another generation of tables serve, or --back to the one before.

    Each `tideline serve` reads the tables of that generation beside those it serves from, and changes over in one
    step when it has them; no request fails. Until then, and where it cannot, it goes on as it was, which its log and
    metrics say; the positions in answers name the topics that served. A generation that is not kept current by
    `tideline worker --generation N` is refused, as one that lacks what was folded into the present one.
    """
    if (number is None) is not back:
        raise typer.BadParameter("name either the generation that is to serve, or --back")
    kafka = KafkaSettings()
    reader = LogReader(kafka)
    with Registry(RegistrySettings()) as registry:
        generations = Generations(reader, load_codecs(registry, SUBJECTS))
    live = generations.serving()
    wanted = _before(generations) if number is None else Generation(number)
    check_whole(wanted, generations.all().get(wanted.number), TopicAdmin(kafka).existing())
    lacks = lacking(reader.offsets, group, live, wanted, wait)
    if lacks and not behind:
        raise GenerationError(
            f"generation {wanted} lacks {lacks} records of what is folded into generation {live}, which serves; "
            f"`tideline worker --generation {wanted}` folds them, --behind switches all the same"
        )
    previous = generations.previous() if wanted == live else live
    change = GenerationChange(
        wanted.number, GenerationStatus.SERVING, now_ms(), previous=None if previous is None else previous.number
    )
    with LogProducer(kafka) as producer:
        generations.record(producer, change)
    if json:
        typer.echo(orjson.dumps({"generation": wanted.number, "previous": live.number, "lacks": lacks}))
    else:
        _tell(wanted, live, lacks)


def _before(generations: Generations) -> Generation:
    previous = generations.previous()
    if previous is None:
        raise GenerationError("no other generation served before: name the one that is to serve")
    return previous


def _tell(wanted: Generation, live: Generation, lacks: int) -> None:
    console = Console()
    if wanted == live:
        console.print(f"generation {wanted} serves already; servers that could not prepare it try again")
        return
    console.print(f"generation {wanted} is to serve in place of generation {live}; servers follow when they are ready")
    if lacks:
        console.print(f"it lacks {lacks} records that generation {live} has", style="yellow")
