"""`tideline produce`."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from schemas.errors import InvalidFieldError
from schemas.settings import RegistrySettings
from topics.catalog import EVENTS
from topics.events import EventProducer
from topics.routes import complete, event_type
from topics.settings import KafkaSettings


def produce(
    topic: Annotated[str, typer.Argument(help=f"One of {', '.join(topic.name for topic in EVENTS)}.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Send events from standard input, one JSON object a line, with the field names of the topic's schema.

    An event without `event_id` gets a UUIDv7, one without `event_time` the present; times are milliseconds or ISO 8601
    with an offset. A line that is refused is named on standard error with its number and the reason, and the rest
    goes on. Ends when the broker has confirmed all. Exit codes: 0 all were written, 1 some were refused or the broker
    failed, 2 wrong usage.
    """
    record = event_type(topic)
    errors = Console(stderr=True)
    confirmed = refused = 0
    with EventProducer.connect(KafkaSettings(), RegistrySettings()) as producer:
        for number, line in enumerate(sys.stdin.buffer, start=1):
            if not line.strip():
                continue
            try:
                producer.post(complete(record, _fields(line)))
                confirmed += 1
            except InvalidFieldError as error:
                errors.print(f"line {number}: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
                refused += 1
    if json:
        typer.echo(orjson.dumps({"confirmed": confirmed, "refused": refused}))
    else:
        Console().print(f"{confirmed:,} events confirmed, {refused:,} lines refused")
    if refused:
        raise typer.Exit(1)


def _fields(line: bytes) -> Mapping[str, Any]:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidFieldError("JSON", str(error)) from None
    if not isinstance(fields, dict):
        raise InvalidFieldError("JSON", f"must be an object, not {type(fields).__name__}")
    return fields
