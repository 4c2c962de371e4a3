"""`tideline verify`."""

import os
from typing import Annotated

import orjson
import typer
from rich.console import Console

from agents.errors import StoppedError
from agents.rebuild.cli import STOPPED
from agents.rebuild.engine import Engine
from agents.state.opening import open_log, progress_bar, table_named
from agents.tables import TABLES
from agents.verify.display import described, show
from agents.verify.verifier import Verifier
from schemas.settings import RegistrySettings
from topics.generation import Generation
from topics.settings import KafkaSettings
from topics.stopping import stopping


def verify(
    generation: Annotated[
        int | None, typer.Option(min=0, help="Compare with this one, gone on with to the end; by default a new one.")
    ] = None,
    tables: Annotated[
        list[str] | None, typer.Option("--table", help="Compare only this one; several times. All are rebuilt.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Differing keys shown of each table; all are counted.")] = 5,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the generation that was made for it.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that rebuild; by default one a processor core.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Prove that the tables that serve are what the log gives: rebuild them beside, and compare row by row.

    Workers and servers go on meanwhile: rows that have folded more than the rebuild are compared where both have
    folded the same. Workers must run, or have folded all that there is. A row's value counts, not where in the log it
    stands. Exit codes: 0 equal, 1 different or not to be compared, 2 wrong usage, 3 stopped before the end.
    """
    chosen = tuple(table_named(name) for name in tables or ()) or TABLES
    kafka = KafkaSettings()
    with open_log(None, TABLES) as live, stopping() as stop:
        engine = Engine(kafka, RegistrySettings(), live.settings)
        try:
            with progress_bar() as bar:
                task = bar.add_task("verifying", total=None)

                def tell(what: str, done: int, total: int) -> None:
                    bar.update(task, description=what, completed=done, total=total or None)

                verifier = Verifier(engine, kafka, live, workers or os.cpu_count() or 1, tell, stop)
                if generation is None:
                    verified = verifier.verify_anew(chosen, limit, keep=keep)
                else:
                    verified = verifier.verify(Generation(generation), chosen, limit)
        except StoppedError as error:
            typer.secho(str(error), err=True)
            raise typer.Exit(STOPPED) from error
    show(Console(stderr=json), verified)
    if json:
        typer.echo(orjson.dumps(described(verified)).decode())
    if not verified.equal:
        raise typer.Exit(1)
