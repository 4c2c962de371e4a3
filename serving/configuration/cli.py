"""`tideline config`."""

import getpass
import tomllib
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

from serving.api.recommender.v1 import admin_pb2 as pb
from serving.client import administer
from serving.errors import InvalidConfigError
from serving.options import Host, Port, address_of, print_json
from topics.moments import show_moment

app = typer.Typer(no_args_is_help=True, help="Configuration of running servers: read, changed, rolled back.")

Component = Annotated[str, typer.Argument(help="serving, serving.SCENARIO or experiment.NAME.")]
Tenant = Annotated[str, typer.Option(help="Whose configuration.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]
By = Annotated[str | None, typer.Option(help="Who changes it, for the history; by default you.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]

_TIMEOUT_S = 10.0


@app.command()
def get(
    component: Component,
    tenant: Tenant = "demo",
    effective: Annotated[
        bool, typer.Option("--effective", help="Show all that follows from it, with every default.")
    ] = False,
    host: Host = None,
    port: Port = None,
    json: Json = False,
) -> None:
    """Show what is in force on the server, by default as it was set: version 0 is what the server was started with."""
    found: pb.Config = _ask("GetConfig", pb.GetConfigRequest(tenant_id=tenant, component=component), host, port)
    if json:
        print_json(found)
        return
    shown = orjson.loads(found.effective_json if effective else found.json)
    Console(stderr=True).print(f"{component} of {tenant}, version {found.version}", style="dim", highlight=False)
    typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())


@app.command("set")
def set_(
    component: Component,
    file: Annotated[
        Path, typer.Option(help="The whole configuration: a JSON or TOML file, by its suffix; - for JSON from stdin.")
    ],
    tenant: Tenant = "demo",
    expect: Annotated[
        int | None, typer.Option(min=0, help="Refuse unless the configuration has this version now.")
    ] = None,
    by: By = None,
    reason: Reason = "",
    host: Host = None,
    port: Port = None,
    json: Json = False,
) -> None:
    """Replace a component's configuration; what the file does not name is as it is below.

    Every server answers by it within a second. Exit codes: 0 it is in the log, 1 it was refused: the message gives the
    path of the wrong value, and nothing was written.
    """
    request = pb.SetConfigRequest(
        tenant_id=tenant,
        component=component,
        json=_read(file),
        changed_by=_who(by),
        reason=reason,
        expected_version=expect,
    )
    _told(_ask("SetConfig", request, host, port), component, tenant, json)


@app.command("list")
def list_(tenant: Tenant = "demo", host: Host = None, port: Port = None, json: Json = False) -> None:
    """List the components that have a configuration of their own, from the server's file or by a change."""
    found: pb.ListConfigResponse = _ask("ListConfig", pb.ListConfigRequest(tenant_id=tenant), host, port)
    if json:
        print_json(found)
    else:
        _show(found.configs)


@app.command()
def history(
    component: Component,
    tenant: Tenant = "demo",
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Most versions to show, 1 to 1000.")] = 20,
    host: Host = None,
    port: Port = None,
    json: Json = False,
) -> None:
    """Show what a component's configuration was, who changed it and why, the newest first."""
    request = pb.ConfigHistoryRequest(tenant_id=tenant, component=component, count=count)
    found: pb.ConfigHistoryResponse = _ask("ConfigHistory", request, host, port)
    if json:
        print_json(found)
    else:
        _show(found.versions)


@app.command()
def rollback(
    component: Component,
    version: Annotated[int, typer.Argument(min=0, help="The version to write again; 0: as servers were started.")],
    tenant: Tenant = "demo",
    by: By = None,
    reason: Reason = "",
    host: Host = None,
    port: Port = None,
    json: Json = False,
) -> None:
    """Write an earlier version again, as a new one. Exit codes: as `set`."""
    request = pb.RollbackConfigRequest(
        tenant_id=tenant, component=component, version=version, changed_by=_who(by), reason=reason
    )
    _told(_ask("RollbackConfig", request, host, port), component, tenant, json)


def _ask(method: str, request: Message, host: str | None, port: int | None) -> Any:
    return administer(address_of(host, port), method, request, _TIMEOUT_S)


def _read(file: Path) -> str:
    """Return the file's content as JSON; raise InvalidConfigError if it holds none."""
    try:
        if str(file) == "-":
            return typer.get_text_stream("stdin").read()
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfigError(str(file), f"cannot be read: {error}") from error
    if file.suffix != ".toml":
        return text
    try:
        return orjson.dumps(tomllib.loads(text)).decode()
    except (tomllib.TOMLDecodeError, orjson.JSONEncodeError) as error:
        raise InvalidConfigError(str(file), f"is not TOML that JSON can hold: {error}") from error


def _who(by: str | None) -> str:
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except OSError:  # a container's user without a name
        return ""


def _told(answer: pb.SetConfigResponse, component: str, tenant: str, json: bool) -> None:
    if json:
        print_json(answer)
    else:
        Console().print(f"{component} of {tenant} has version {answer.version} now", highlight=False, markup=False)


def _show(configs: Any) -> None:
    grid = Table("component", "version", "changed", "by", "reason", "configuration")
    for each in configs:
        changed = show_moment(each.changed_at_ms)[:19] if each.version else "at start"
        row = (each.component, str(each.version), changed, each.changed_by, each.reason, each.json)
        grid.add_row(*(text.replace("[", r"\[") for text in row))
    Console().print(grid)
