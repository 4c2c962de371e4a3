"""`tideline schemas`: here and not in schemas/, because which subject carries which record is known to topics/."""

from typing import Annotated, Any, Final, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.catalog import RECORDS, avro_schema, promised_level
from schemas.governance.check import check_all, refusals
from schemas.governance.evolution import compare
from schemas.governance.lint import lint_record
from schemas.governance.nodes import fields
from schemas.governance.problem import Problem
from schemas.governance.releases import release as release_schema
from schemas.governance.releases import releases
from schemas.records import Record
from schemas.registration import register as register_subjects
from schemas.registration import registry_problems
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.catalog import TOPICS

SUBJECTS: Final[dict[str, type[Record]]] = {topic.subject: topic.record for topic in TOPICS}

app = typer.Typer(
    no_args_is_help=True,
    help="Check, release and register the Avro schemas. Exit codes: 0 all is well, 1 refused, 2 wrong usage.",
)
console = Console()

Names = Annotated[list[str] | None, typer.Argument(help="Schemas by name, such as behavior_event; all by default.")]


@app.command()
def lint(names: Names = None) -> None:
    """Hold each schema to the rules that it keeps by itself: docs, owner, marks, names, defaults, times, layouts."""
    _report([problem for name in _chosen(names) for problem in lint_record(name)], "every rule is kept")


@app.command()
def check(
    registry: Annotated[bool, typer.Option("--registry", help="Ask the schema registry as well.")] = False,
) -> None:
    """Check the rules, the compatibility with every released version, and the golden bytes of each.

    Needs no registry unless --registry is given (TIDELINE_REGISTRY_*).
    """
    problems = check_all()
    if registry:
        with Registry(RegistrySettings()) as client:
            problems += registry_problems(client, SUBJECTS)
    _report(problems, "every schema is compatible with every released version")


@app.command()
def release(
    names: Names = None,
    rewrite: Annotated[
        bool,
        typer.Option("--rewrite", help="Replace the newest version: right only while nobody has written with it."),
    ] = False,
) -> None:
    """Write the schemas in avro/ to registered/ as new versions with golden bytes, where they differ from the newest.

    Where only docs, owner or marks differ, the newest version is rewritten in place. A schema that breaks a rule or
    a promise to older versions is not released.
    """
    for name in _chosen(names):
        known = releases(name)
        if problems := refusals(name, known[:-1] if rewrite else known):
            _fail(problems)
        made = release_schema(name, avro_schema(name), rewrite=rewrite)
        console.print(f"{name}: " + ("as released" if made is None else f"v{made.version} written"))


@app.command()
def register() -> None:
    """Set the compatibility level of every subject, then register every released version. Safe to repeat.

    Runtime never registers, so run this before a worker or server of a new version starts.
    """
    table = Table("subject", "level", "id", "added")
    with Registry(RegistrySettings()) as client:
        for done in register_subjects(client, SUBJECTS):
            table.add_row(done.subject, done.level, str(done.schema_id), str(done.added))
    console.print(table)


@app.command(name="list")
def list_(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """List every schema: its owner, compatibility level, released versions, subjects and personal fields."""
    schemas = [_described(name) for name in RECORDS]
    if json:
        typer.echo(orjson.dumps({"schemas": schemas}))
        return
    table = Table("schema", "owner and level", "versions", "subjects", "personal", show_lines=True)
    for column in table.columns:
        column.overflow = "fold"
    for schema in schemas:
        lists = ("\n".join(map(str, schema[column])) for column in ("versions", "subjects", "personal"))
        table.add_row(schema["name"], f"{schema['owner']}\n{schema['level'].lower()}", *lists)
    console.print(table)


@app.command()
def diff(
    names: Names = None,
    since: Annotated[int | None, typer.Option(min=1, help="Version to compare with; the newest by default.")] = None,
) -> None:
    """Show what changed in avro/ since a released version, and what of it would be refused."""
    table = Table("where", "change", "since", "verdict")
    for name in _chosen(names):
        for known in [one for one in releases(name) if since in (None, one.version)][-1:]:
            changes = compare(known.schema, avro_schema(name), promised_level(RECORDS[name]))
            for change in changes:
                verdict = f"[red]refused: {change.refused}" if change.refused else "[green]allowed"
                table.add_row(change.where, change.what, f"v{known.version}", verdict)
            if not changes and known.schema != avro_schema(name):
                table.add_row(name, "docs, owner or marks only", f"v{known.version}", "[green]allowed")
    console.print(table if table.row_count else "nothing changed")


def _chosen(names: list[str] | None) -> list[str]:
    for name in names or ():
        if name not in RECORDS:
            raise typer.BadParameter(f"no schema is named {name!r}; there are {', '.join(RECORDS)}")
    return names or list(RECORDS)


def _described(name: str) -> dict[str, Any]:
    schema, record = avro_schema(name), RECORDS[name]
    return {
        "name": name,
        "owner": schema["owner"],
        "level": promised_level(record),
        "versions": [known.version for known in releases(name)],
        "subjects": [subject for subject, carried in SUBJECTS.items() if carried is record],
        "personal": [field.node["name"] for field in fields(schema) if "personal" in field.node],
    }


def _report(problems: list[Problem], good: str) -> None:
    """Say what is good, or fail."""
    if problems:
        _fail(problems)
    console.print(f"[green]{good}")


def _fail(problems: list[Problem]) -> NoReturn:
    """Print the problems and exit with 1."""
    table = Table("where", "why it is refused")
    for problem in problems:
        table.add_row(problem.where, problem.why)
    console.print(table)
    raise typer.Exit(1)
