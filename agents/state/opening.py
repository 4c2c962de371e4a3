"""What the commands that look at tables begin with: the tables that were named, and the log opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress

from agents.rebuild.standing import change_of
from agents.settings import WorkerSettings
from agents.state.refold import SUBJECTS, Log
from agents.tables import TABLES, Table
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.generation import Generation
from topics.generations import SUBJECTS as GENERATION_SUBJECTS
from topics.generations import Generations
from topics.reader import LogReader
from topics.settings import KafkaSettings


def table_named(name: str) -> Table[Any]:
    """Return the table of that name; raise BadParameter if there is none."""
    for table in TABLES:
        if table.name == name:
            return table
    raise typer.BadParameter(f"no table is named {name!r}; there are {', '.join(table.name for table in TABLES)}")


@contextmanager
def open_log(generation: int | None, tables: tuple[Table[Any], ...]) -> Iterator[Log]:
    """Open the log of a generation, by default of the one that serves, with codecs for the tables and all events.

    Raises GenerationError if there is no such generation.
    """
    subjects = {table.changelog.subject: table.changelog.record for table in tables}
    with Registry(RegistrySettings()) as registry:
        codecs = load_codecs(registry, subjects | SUBJECTS | GENERATION_SUBJECTS)
        reader = LogReader(KafkaSettings())
        yield Log(reader, codecs, WorkerSettings(), _chosen(Generations(reader, codecs), generation))


def _chosen(generations: Generations, number: int | None) -> Generation:
    if number is None:
        return generations.serving()
    return Generation(change_of(Generation(number), generations).generation)


def progress_bar() -> Progress:
    """Return a progress bar for a person at a terminal; it shows nothing to anybody else."""
    errors = Console(stderr=True)
    return Progress(console=errors, disable=not errors.is_terminal, transient=True)
