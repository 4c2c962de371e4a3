"""`tideline dlq`: what could not be processed, and what is done about it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from schemas.loading import Codecs, load_codecs
from schemas.records import DeadLetter, DeadLetterResolution, Outcome
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.catalog import RESOLUTIONS, SOURCES
from topics.errors import UnknownLetterError
from topics.headers import Origin
from topics.letter_display import decoded, hexdump, letters_table, printable, shown, summary, whole
from topics.letters import SUBJECTS, DeadLetters, Filter, origin_of, source_named
from topics.moments import parse_moment
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.resolving import Failed, Resolver
from topics.settings import KafkaSettings

app = typer.Typer(
    no_args_is_help=True,
    help="Look at dead letters, replay them after a fix, or drop them. Only open letters are meant unless told so.",
)
console: Final = Console()
errors: Final = Console(stderr=True)

Topics = Annotated[list[str] | None, typer.Option("--topic", help="Source topic; may be given several times.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="Reason, such as unknown_schema; several times.")]
Tenant = Annotated[str | None, typer.Option(help="Tenant that the record's key names.")]
Since = Annotated[int | None, typer.Option(parser=parse_moment, metavar="TIME", help="Not before: ISO 8601 or ms.")]
Until = Annotated[int | None, typer.Option(parser=parse_moment, metavar="TIME", help="Before: ISO 8601 or ms.")]
PartitionNumber = Annotated[int | None, typer.Option("--partition", min=0, help="Partition of the source record.")]
Offset = Annotated[int | None, typer.Option(min=0, help="Offset of the source record.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; otherwise only what would be done is shown.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]


@app.command("list")
def list_letters(
    topics: Topics = None,
    reasons: Reasons = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    partition: PartitionNumber = None,
    offset: Offset = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Also those that were replayed or dropped.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="Most letters shown; all are counted.")] = 100,
    json: Json = False,
) -> None:
    """List open letters, and how many there are for each reason. A letter's place is that of its source record."""
    wanted = _filter(topics, reasons, tenant, since, until, partition, offset)
    counts: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    with _codecs() as codecs:
        letters = DeadLetters(LogReader(KafkaSettings()), codecs)
        for letter in letters.find(wanted, resolved=resolved):
            counts[letter.reason] += 1
            if len(rows) < limit:
                rows.append(summary(letter, letters.resolutions.get(origin_of(letter))))
    if json:
        typer.echo(orjson.dumps({"count": counts.total(), "reasons": counts, "letters": rows}))
        return
    if rows:
        console.print(letters_table(rows))
    console.print(_counted(counts))


@app.command()
def show(
    place: Annotated[str, typer.Argument(help="Place of the source record: topic/partition/offset.")],
    json: Json = False,
) -> None:
    """Show all of a letter, open or not: its record decoded where it can be, in hexadecimal where it cannot."""
    origin = Origin.decode(place.encode())
    wanted = Filter((source_named(origin.topic),), partition=origin.partition, offset=origin.offset)
    with _codecs() as codecs:
        letters = DeadLetters(LogReader(KafkaSettings()), codecs)
        letter = next(letters.find(wanted, resolved=True), None)
        if letter is None:
            raise UnknownLetterError(f"no letter has the place {place}; `tideline dlq list --resolved` shows all")
        resolution = letters.resolutions.get(origin_of(letter))
        if json:
            typer.echo(orjson.dumps(whole(letter, resolution, codecs)))
            return
        _show(letter, resolution, decoded(letter, codecs))


@app.command()
def replay(
    topics: Topics = None,
    reasons: Reasons = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    partition: PartitionNumber = None,
    offset: Offset = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Write the source records of open letters into their topic again, after what refused them was mended.

    Bytes, key and headers are the original ones, and the key chooses the partition. A record that is refused again
    becomes a new letter. Exit codes: 0 done, or nothing to do; 1 some could not be written and stay open.
    """
    wanted = _filter(topics, reasons, tenant, since, until, partition, offset)
    failed = _resolve(Outcome.REPLAYED, wanted, yes, json)
    for origin, why in failed:
        errors.print(f"{origin.encode().decode()}: {why}", style="red", markup=False, highlight=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


@app.command()
def drop(
    topics: Topics = None,
    reasons: Reasons = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    partition: PartitionNumber = None,
    offset: Offset = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Close open letters without replaying them. They stay in the log, and `list --resolved` shows them."""
    _resolve(Outcome.DROPPED, _filter(topics, reasons, tenant, since, until, partition, offset), yes, json)


def _resolve(done: Outcome, wanted: Filter, yes: bool, json: bool) -> list[Failed]:
    """Replay or drop the letters, or only count them, and say so; return those that stay open against our will."""
    failed: list[Failed] = []
    with _codecs() as codecs:
        kafka = KafkaSettings()
        letters = DeadLetters(LogReader(kafka), codecs)
        counts = Counter(letter.reason for letter in letters.find(wanted))
        if yes:
            with LogProducer(kafka) as producer, Progress(console=errors, disable=not errors.is_terminal) as bar:
                resolver = Resolver(producer, codecs.codec_for(RESOLUTIONS.subject, DeadLetterResolution))
                task = bar.add_task("dead letters", total=counts.total())
                if done is Outcome.REPLAYED:
                    failed = resolver.replay(letters.find(wanted), lambda count: bar.advance(task, count))
                else:
                    resolver.drop(letters.find(wanted), lambda count: bar.advance(task, count))
    if json:
        figures = {"count": counts.total(), "reasons": counts, done.value: counts.total() - len(failed) if yes else 0}
        typer.echo(orjson.dumps({**figures, "failed": len(failed)}))
    else:
        console.print(_counted(counts))
        console.print(f"{counts.total() - len(failed):,} {done}" if yes else f"nothing is {done} without --yes")
    return failed


def _filter(
    topics: list[str] | None,
    reasons: list[str] | None,
    tenant: str | None,
    since: int | None,
    until: int | None,
    partition: int | None,
    offset: int | None,
) -> Filter:
    sources = tuple(source_named(name) for name in topics) if topics else SOURCES
    return Filter(sources, frozenset(reasons or ()), tenant, since, until, partition, offset)


@contextmanager
def _codecs() -> Iterator[Codecs]:
    """Yield codecs; while they are in use the registry can be asked for schemas that records name."""
    with Registry(RegistrySettings()) as registry:
        yield load_codecs(registry, SUBJECTS)


def _counted(counts: Counter[str]) -> Table | str:
    if not counts:
        return "no letters"
    table = Table("reason", "letters")
    table.columns[1].justify = "right"
    for reason, count in counts.most_common():
        table.add_row(Text(printable(reason)), f"{count:,}")
    return table


def _show(letter: DeadLetter, resolution: DeadLetterResolution | None, fields: dict[str, Any] | None) -> None:
    grid = Table.grid(padding=(0, 2))
    told = summary(letter, resolution)
    if resolution and resolution.copy:
        told["copy"] = resolution.copy
    told["key"] = shown(letter.key)
    for header in letter.headers:
        told[f"header {header.name}"] = shown(header.value)
    for name, value in told.items():
        if value is not None:
            grid.add_row(Text(printable(name), style="bold"), Text(printable(str(value))))
    console.print(grid)
    if fields is not None:
        console.print_json(data=fields)
    else:
        for line in hexdump(letter.value or b""):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
