"""`tideline rebuild`."""

import os
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console

from agents.errors import GenerationError
from agents.rebuild.bounds import Until
from agents.rebuild.display import Display
from agents.rebuild.engine import Engine, Rebuilt
from agents.settings import WorkerSettings
from schemas.records import GenerationChange, GenerationStatus, RebuildMethod
from schemas.settings import RegistrySettings
from topics.settings import KafkaSettings
from topics.stopping import stopping

STOPPED: Final = 3
"""Exit status of a rebuild that was stopped before its end."""


def rebuild(
    until: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POSITION|TIME",
            help="Fold the events before this only: topic/partition:offset (several times, one a partition) or a"
            " moment of the broker's clock (ISO 8601). By default those that the log holds now.",
        ),
    ] = None,
    from_changelog: Annotated[
        bool, typer.Option("--from-changelog", help="Copy the rows of the serving generation instead of folding.")
    ] = False,
    generation: Annotated[int | None, typer.Option(min=1, help="Go on with this generation, begun before.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; by default one a processor core.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Build all tables anew, as a new generation beside those that serve; or go on with one that is not finished.

    Without options, the newest unfinished generation is gone on with, if there is one. SIGTERM and Ctrl-C finish what
    is in hand; the same command goes on from there, also after kill -9. Then `tideline worker --generation N` keeps
    it current, and `tideline switch N` has it served.
    Exit codes: 0 built, 1 failed, 2 wrong usage, 3 stopped before the end.
    """
    if from_changelog and until:
        raise typer.BadParameter("rows are copied as they are now: --until goes without --from-changelog")
    if generation is not None and (until or from_changelog):
        raise typer.BadParameter("a generation that was begun keeps its bounds and its method")
    console = Console(stderr=json)
    engine = Engine(KafkaSettings(), RegistrySettings(), WorkerSettings())
    begun = _resumed(engine, generation) if generation or not (until or from_changelog) else None
    if begun is None:
        method = RebuildMethod.CHANGELOG if from_changelog else RebuildMethod.LOG
        begun = engine.begin(Until.parse(until or ()), method)
        console.print(f"generation {begun.generation} begins")
    else:
        console.print(f"going on with generation {begun.generation}")
    with stopping() as stop, Display(console) as tell:
        rebuilt = engine.run(begun, workers or os.cpu_count() or 1, tell, stop)
    if json:
        typer.echo(orjson.dumps(described(rebuilt)).decode())
    _report(console, rebuilt)
    if not rebuilt.finished:
        raise typer.Exit(STOPPED)


def described(rebuilt: Rebuilt) -> dict[str, Any]:
    """Return what a run has done, as JSON tells it."""
    return {
        "generation": rebuilt.change.generation,
        "status": rebuilt.change.status,
        "method": rebuilt.change.method,
        "until": rebuilt.change.until,
        "done": rebuilt.done,
        "bad": rebuilt.bad,
        "seconds": round(rebuilt.seconds, 3),
    }


def _resumed(engine: Engine, number: int | None) -> GenerationChange | None:
    """Return the unfinished generation with the number, or the newest one, if there is any, without a number."""
    if number is None:
        return engine.unfinished()
    change = engine.generations.all().get(number)
    if change is None or change.status != GenerationStatus.BUILDING:
        status = "does not exist" if change is None else f"is {change.status}"
        raise GenerationError(f"generation {number} {status}: there is nothing to go on with")
    return change


def _report(console: Console, rebuilt: Rebuilt) -> None:
    done = ", ".join(f"{count:,} {stage}" for stage, count in rebuilt.done.items()) or "nothing was left to do"
    bad = f", {rebuilt.bad:,} of them bad" if rebuilt.bad else ""
    console.print(f"{done}{bad}; {rebuilt.seconds:.1f} s", highlight=False)
    number = rebuilt.change.generation
    if rebuilt.finished:
        console.print(
            f"[green]generation {number} is built[/]; `tideline worker --generation {number}` goes on with it"
        )
    else:
        console.print(f"stopped; `tideline rebuild --generation {number}` goes on from here")
