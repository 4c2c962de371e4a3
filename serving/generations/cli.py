"""`tideline switch`."""

from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from schemas.loading import load_codecs
from schemas.records import GenerationChange, GenerationStatus
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.errors import GenerationError
from serving.generations.fitness import check_caught_up, check_whole
from topics.admin import TopicAdmin
from topics.generation import Generation
from topics.generations import SUBJECTS, Generations
from topics.moments import now_ms
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings

console: Final = Console()


def switch(
    number: Annotated[int | None, typer.Argument(min=0, help="Number of the generation that is to serve.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Return to the generation that served before.")] = False,
    behind: Annotated[
        bool, typer.Option("--behind", help="Do not compare: it may show a past state, as one built with --until.")
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
        live, before = generations.serving(), generations.previous()
        wanted = _served_before(before) if number is None else Generation(number)
        check_whole(wanted, generations.all().get(wanted.number), TopicAdmin(kafka).existing())
        if not behind:
            check_caught_up(reader.offsets, group, live, wanted, wait)
        change = _change(wanted, before if wanted == live else live)
        with LogProducer(kafka) as producer:
            generations.record(producer, change)
    if json:
        typer.echo(orjson.dumps({"generation": change.generation, "previous": change.previous}))
    elif wanted == live:
        console.print(f"generation {wanted} serves already; servers that could not prepare it try again")
    else:
        console.print(f"generation {wanted} is to serve instead of {live}; servers change over when they are ready")


def _served_before(previous: Generation | None) -> Generation:
    if previous is None:
        raise GenerationError("no other generation served before: name the one that is to serve")
    return previous


def _change(wanted: Generation, previous: Generation | None) -> GenerationChange:
    number = None if previous is None else previous.number
    return GenerationChange(wanted.number, GenerationStatus.SERVING, now_ms(), previous=number)
