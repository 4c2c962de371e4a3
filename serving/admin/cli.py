"""`tideline tenants`."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from google.protobuf.message import Message
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from serving.api.recommender.v1 import admin_pb2 as pb
from serving.client import administer
from serving.credentials import ClientSettings
from serving.options import Host, Port, address_of, print_json
from serving.security.keyring import key_hash, new_key

_TIMEOUT_S = 30.0

app = typer.Typer(
    help="Tenants and their keys, by a running server. Where it asks for keys, TIDELINE_KEY is the operators'.",
    no_args_is_help=True,
)

Key = Annotated[
    SecretStr | None,
    typer.Option(
        "--key",
        parser=SecretStr,
        metavar="KEY",
        show_default=False,
        help="The key to call with; better in TIDELINE_KEY, where a list of processes does not show it.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as one JSON object instead.")]
Named = Annotated[str, typer.Argument(help="Its id: 1 to 63 of a-z 0-9 . _ -.")]


@app.command("list")
def list_tenants(host: Host = None, port: Port = None, key: Key = None, json: Json = False) -> None:
    """Show the tenants that there are, with how many keys of each are good now."""
    answer = _ask("ListTenants", pb.ListTenantsRequest(), host, port, key)
    if json:
        print_json(answer)
        return
    table = Table("Tenant", "Title", "Created", "Keys")
    for tenant in answer.tenants:
        table.add_row(tenant.tenant_id, escape(tenant.title), _moment(tenant.created_at_ms), str(tenant.keys))
    Console().print(table)


@app.command()
def create(
    tenant: Named,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    host: Host = None,
    port: Port = None,
    key: Key = None,
    json: Json = False,
) -> None:
    """Create a tenant, and print its first key: the only time that the key is told."""
    answer = _ask("CreateTenant", pb.CreateTenantRequest(tenant_id=tenant, title=title), host, port, key)
    print_json(answer) if json else typer.echo(answer.key)


@app.command()
def rotate(
    tenant: Named,
    grace_s: Annotated[
        int | None, typer.Option(min=0, help="Seconds for which the keys before stay good; a day by default.")
    ] = None,
    host: Host = None,
    port: Port = None,
    key: Key = None,
    json: Json = False,
) -> None:
    """Give a tenant another key, and print it. The keys before it end after the grace; a tenant may rotate its own."""
    answer = _ask("RotateKey", pb.RotateKeyRequest(tenant_id=tenant, grace_s=grace_s), host, port, key)
    if json:
        print_json(answer)
        return
    typer.echo(answer.key)
    typer.echo(f"the keys before it end {_moment(answer.others_end_at_ms)}", err=True)


@app.command()
def operator_key() -> None:
    """Make a key for operators, and print it with the hash that servers are to be given; asks no server."""
    key = new_key()
    typer.echo(f"TIDELINE_KEY={key}")
    typer.echo(f"TIDELINE_AUTH_OPERATOR_KEY_SHA256={key_hash(key)}")


def _ask(method: str, request: Message, host: str | None, port: int | None, key: SecretStr | None) -> Any:
    """Return the server's answer; raise CallError if it refuses."""
    client = ClientSettings() if key is None else ClientSettings(key=key)
    return administer(address_of(host, port), method, request, _TIMEOUT_S, client)


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(" ", "seconds")
