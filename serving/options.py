"""Options that the commands that ask a running server have in common, and what they tell as JSON."""

from typing import Annotated, Any

import orjson
import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from serving.settings import ServingSettings

Host = Annotated[str | None, typer.Option(help="The server's address, 127.0.0.1 by default.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The server's port, 8087 by default.")]


def given(**options: Any) -> dict[str, Any]:
    """Return the options that were given; the others are the settings' to decide."""
    return {name: value for name, value in options.items() if value is not None}


def address_of(host: str | None, port: int | None) -> str:
    """Return host:port of the server."""
    settings = ServingSettings(**given(host=host, port=port))
    return f"{settings.host}:{settings.port}"


def print_json(answer: Message) -> None:
    """Print the answer as one JSON object, by its fields' names in the contract."""
    fields = MessageToDict(answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    typer.echo(orjson.dumps(fields).decode())
