"""The stage: stack, schemas and topics, a worker and a server, all of them real, for as long as the block lasts."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import HttpUrl
from rich.console import Console

from agents.settings import WorkerSettings
from deploy.demo.catch_up import CatchUp
from deploy.demo.child import Child
from deploy.demo.client import Client
from deploy.demo.steps import step
from deploy.demo.traffic import Traffic
from deploy.load.bar import event_bar
from deploy.load.sending import send_all
from deploy.local.display import TerminalProgress
from deploy.local.open import open_stack
from deploy.local.ports import free_ports
from deploy.local.progress import Progress, Silent
from deploy.local.settings import StackSettings
from deploy.local.stack import Stack
from schemas.loading import Codecs, load_codecs
from schemas.records import BehaviorEvent, ItemChange
from schemas.registration import register
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.validation import Event
from topics.admin import TopicAdmin
from topics.catalog import TOPICS
from topics.events import EventProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings

TENANT: Final = "demo"
COMMIT_INTERVAL_S: Final = 0.25
"""Shorter than a worker's default: lag is told by what is committed, and we wait for it after every round."""

CATCH_UP_TIMEOUT_S: Final = 180.0
SERVING_TIMEOUT_S: Final = 60.0
_CONFIG: Final = Path(str(files("deploy.demo") / "serving.toml"))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and how to talk to it."""

    console: Console
    codecs: Codecs
    reader: LogReader
    producer: EventProducer
    worker: Child
    server: Child
    client: Client
    catch_up: CatchUp
    environment: Mapping[str, str]
    """Variables with which any `tideline` command reaches this stage."""

    traffic: Traffic = field(default_factory=Traffic)

    async def put(self, changes: Sequence[ItemChange], events: Sequence[BehaviorEvent]) -> None:
        """Send item changes, then behaviour; return when the tables hold them and the server has read the tables."""
        if not changes and not events:
            return
        start = time.monotonic()
        await self._send([*changes, *events])
        sent = time.monotonic()
        await self.catch_up.wait()
        self.traffic.add(events)
        self.traffic.events += len(changes) + len(events)
        self.traffic.sending_s += sent - start
        self.traffic.serving_s += time.monotonic() - start

    async def track(self, events: Sequence[BehaviorEvent]) -> None:
        """Send behaviour as a client does, through the server; return when the broker has acknowledged it."""
        await self.client.track(events)
        self.traffic.add(events)

    async def _send(self, events: Sequence[Event]) -> None:
        cancelled = threading.Event()
        wanted = takewhile(lambda _: not cancelled.is_set(), events)
        with event_bar(self.console) as bar:
            task = bar.add_task("sending", total=len(events))
            try:
                await asyncio.to_thread(
                    send_all, self.producer, wanted, advance=lambda count: bar.advance(task, count)
                )
            except asyncio.CancelledError:
                cancelled.set()  # a thread is not cancelled: it would go on sending to servers that are stopped
                raise


@asynccontextmanager
async def open_stage(console: Console, scenario: str, config: Path | None = _CONFIG) -> AsyncIterator[Stage]:
    """Start everything, yield it, and end it in order: server, worker, then the stack; nothing stays behind.

    Args:
        console: where progress is shown.
        scenario: what the client asks for.
        config: the server's configuration; None for the defaults.

    Raises:
        DeployError: a subclass that says what did not start, or did not end in good order.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tideline-demo-")))
        with step(console, "Kafka and schema registry started"), _progress(console) as progress:
            local = await stack.enter_async_context(open_stack(StackSettings.disposable(), progress))
        kafka = KafkaSettings(bootstrap_servers=local.bootstrap_servers, security_protocol="PLAINTEXT")
        with step(console, f"schemas registered, {len(TOPICS)} topics created"):
            codecs = await asyncio.to_thread(_declare, kafka, RegistrySettings(url=HttpUrl(local.registry_url)))
        producer = stack.enter_context(EventProducer(kafka, codecs))
        (port,) = free_ports(1)
        environment = _environment(local, folder, port, config)
        with step(console, "worker and server started"):
            everything = {**_foreign_variables(), **environment}
            worker = await stack.enter_async_context(Child("worker", ["worker"], everything, folder / "worker.log"))
            server = await stack.enter_async_context(Child("server", ["serve"], everything, folder / "server.log"))
            client = await stack.enter_async_context(Client(f"127.0.0.1:{port}", TENANT, scenario))
            await client.wait_until_serving(server, SERVING_TIMEOUT_S)
        reader = LogReader(kafka)
        group = str(WorkerSettings.model_fields["group"].default)
        catch_up = CatchUp(reader.offsets, group, client, (worker, server), CATCH_UP_TIMEOUT_S)
        yield Stage(console, codecs, reader, producer, worker, server, client, catch_up, environment)


def _progress(console: Console) -> AbstractContextManager[Progress]:
    """Return what shows the stack's start; nothing in a file, where a spinner would leave its frames."""
    return TerminalProgress(console) if console.is_terminal else nullcontext(Silent())


def _declare(kafka: KafkaSettings, registry: RegistrySettings) -> Codecs:
    """Register the schemas, create the topics, and return the codecs."""
    subjects = {topic.subject: topic.record for topic in TOPICS}
    with Registry(registry) as client:
        for _ in register(client, subjects):
            pass
        codecs = load_codecs(client, subjects)
    admin = TopicAdmin(kafka)
    admin.apply(admin.plan(TOPICS))
    return codecs


def _environment(local: Stack, folder: Path, port: int, config: Path | None) -> dict[str, str]:
    configured = {} if config is None else {"TIDELINE_SERVING_CONFIG": str(config)}
    return {
        **configured,
        "TIDELINE_KAFKA_BOOTSTRAP_SERVERS": local.bootstrap_servers,
        "TIDELINE_REGISTRY_URL": local.registry_url,
        "TIDELINE_WORKER_STATE_DIR": str(folder / "worker"),
        "TIDELINE_WORKER_COMMIT_INTERVAL_S": str(COMMIT_INTERVAL_S),
        "TIDELINE_VIEWS_STATE_DIR": str(folder / "serving"),
        "TIDELINE_MODELS_FOLDER": str(folder / "models"),
        "TIDELINE_SERVING_PORT": str(port),
    }


def _foreign_variables() -> dict[str, str]:
    """Return our variables without Tideline's: those are for another cluster than the stage's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
