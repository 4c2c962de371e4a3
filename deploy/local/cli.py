"""`tideline up`, `down`, `status` and `logs`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from deploy.errors import ContainersUnavailableError, ServiceUnknownError
from deploy.local.detached import DetachedStack, Started, Status
from deploy.local.display import TerminalProgress, status_table
from deploy.local.follow import read_logs
from deploy.local.progress import Silent
from deploy.local.settings import Backend, Service, StackSettings, variable

Home = Annotated[Path | None, typer.Option(envvar=variable("home"), help="Folder of the stack, .tideline by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


def _port(service: str, default: int) -> Any:
    env = variable(f"{service}_port")
    return typer.Option(min=1, max=65535, envvar=env, help=f"Port of the {service}, {default} by default.")


KafkaPort = Annotated[int | None, _port("kafka", 19092)]
ControllerPort = Annotated[int | None, _port("controller", 19093)]
RegistryPort = Annotated[int | None, _port("registry", 18080)]
MilvusPort = Annotated[int | None, _port("milvus", 19530)]
Services = Annotated[list[Service] | None, typer.Option("--service", help="Start only this one; may be repeated.")]


def up(
    home: Home = None,
    service: Services = None,
    kafka_port: KafkaPort = None,
    controller_port: ControllerPort = None,
    registry_port: RegistryPort = None,
    milvus_port: MilvusPort = None,
    json: Json = False,
) -> None:
    """Start Kafka, the schema registry and Milvus Lite, and wait until they answer.

    The first time, about 220 MB are downloaded from Maven Central. Data is kept from one up to the next. What runs
    already is left as it is.
    """
    settings = _settings(
        home=home,
        services=frozenset(service) if service else None,
        kafka_port=kafka_port,
        controller_port=controller_port,
        registry_port=registry_port,
        milvus_port=milvus_port,
    )
    if settings.backend is not Backend.LOCAL:
        raise ContainersUnavailableError("TIDELINE_STACK=testcontainers is for tests; unset it to use tideline up")
    console = Console(stderr=True)
    with TerminalProgress(console) as progress:
        stack = DetachedStack(settings, _home(settings), progress)
        outcome = asyncio.run(stack.up())
    console.print(_told(outcome))
    _report(asyncio.run(stack.status()), json)


def down(home: Home = None) -> None:
    """Stop the servers that `tideline up` started. Their data is kept."""
    settings = _settings(home=home)
    console = Console(stderr=True)
    with TerminalProgress(console) as progress:
        stopped = asyncio.run(DetachedStack(settings, _home(settings), progress).down())
    if not stopped:
        console.print("nothing was running")


def status(home: Home = None, json: Json = False) -> None:
    """Show which servers run, where they listen and how much memory they use."""
    settings = _settings(home=home)
    _report(asyncio.run(DetachedStack(settings, _home(settings), Silent()).status()), json)


def logs(
    service: Annotated[Service | None, typer.Argument(help="Whose log; all of them by default.")] = None,
    home: Home = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of its last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")] = False,
) -> None:
    """Show what the servers wrote to their logs."""
    settings = _settings(home=home)
    found = DetachedStack(settings, _home(settings), Silent()).logs()
    chosen = {one: path for one, path in found.items() if service in (None, one)}
    if not chosen:
        raise ServiceUnknownError(f"{service or 'the stack'} has written no log in {_home(settings)}: it never ran")
    for one, line in read_logs(chosen, lines, follow=follow):
        typer.echo(line if service else f"{one:<8} | {line}")


def _settings(**given: Any) -> StackSettings:
    """Return the settings: options that were given, then the environment, then the defaults."""
    return StackSettings(**{name: value for name, value in given.items() if value is not None})


def _home(settings: StackSettings) -> Path:
    return settings.home or Path(".tideline")


def _told(outcome: Started) -> str:
    told = []
    if outcome.ended:
        told.append(f"had ended since the last start: {', '.join(sorted(outcome.ended))}")
    if outcome.running:
        told.append(f"already up: {', '.join(sorted(outcome.running))}")
    return "; ".join(told) or "up"


def _report(statuses: list[Status], json: bool) -> None:
    if json:
        total = sum(status.rss_bytes or 0 for status in statuses)
        typer.echo(msgspec.json.encode({"services": statuses, "rss_bytes": total}))
    else:
        Console().print(status_table(statuses))
