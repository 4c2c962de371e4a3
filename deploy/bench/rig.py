"""The rig: a stack of its own with topics, schemas and a workload, on which workers are measured."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient
from pydantic import HttpUrl
from rich.console import Console

from deploy.bench.workload import Workload
from deploy.demo.child import Child
from deploy.demo.steps import step
from deploy.load.bar import event_bar
from deploy.load.sending import send_all
from deploy.local.open import open_stack
from deploy.local.settings import StackSettings
from schemas.loading import Codecs, load_codecs
from schemas.registration import register
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.admin import TopicAdmin
from topics.broker import broker_errors
from topics.catalog import DERIVED, TOPICS
from topics.events import EventProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings

COMMIT_INTERVAL_S: Final = 0.25
"""Shorter than a worker's default, since its pace is told by what it commits."""

_DELETION_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Rig:
    """What runs, and the means to run workers on it."""

    console: Console
    kafka: KafkaSettings
    registry: RegistrySettings
    codecs: Codecs
    reader: LogReader
    admin: AdminClient
    folder: Path

    async def fill(self, workload: Workload) -> None:
        """Put the workload into the log, at full speed."""
        with step(self.console, f"{workload.count:,} events sent"):
            await asyncio.to_thread(self._send, workload)

    def _send(self, workload: Workload) -> None:
        with EventProducer(self.kafka, self.codecs) as producer, event_bar(self.console) as bar:
            task = bar.add_task("sending", total=workload.count)
            send_all(producer, workload.events(), advance=lambda done: bar.advance(task, done))

    def worker(self, group: str, number: int = 0, agents: Sequence[str] = ()) -> Child:
        """Return a worker with an empty store of its own; it runs while its context is open.

        Args:
            group: its consumer group.
            number: tells the workers of a group apart.
            agents: names of those that it runs; all by default.
        """
        chosen = [argument for agent in agents for argument in ("--agent", agent)]
        state = str(self.folder / group / str(number))
        return Child(
            f"worker {number} of {group}",
            ["worker", "--group", group, "--state-dir", state, *chosen],
            self.environment,
            self.folder / f"{group}-{number}.log",
        )

    @property
    def environment(self) -> dict[str, str]:
        """Our variables, but of Tideline's only those that lead to this rig."""
        foreign = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
        return {
            **foreign,
            "TIDELINE_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "TIDELINE_REGISTRY_URL": str(self.registry.url),
            "TIDELINE_WORKER_COMMIT_INTERVAL_S": str(COMMIT_INTERVAL_S),
        }

    def members(self, group: str) -> int:
        """Return how many members share the group's work; 0 while they are joining."""
        with broker_errors(f"describe group {group}"):
            found = self.admin.describe_consumer_groups([group])[group].result()
        return len(found.members) if found.state == ConsumerGroupState.STABLE else 0

    async def empty_tables(self) -> None:
        """Delete what workers have written, and make those topics anew; workers must have ended."""
        topics = TopicAdmin(self.kafka, _DELETION_S)
        await asyncio.to_thread(topics.delete, [topic.name for topic in DERIVED])
        await asyncio.to_thread(lambda: topics.apply(topics.plan(TOPICS)))


@asynccontextmanager
async def open_rig(console: Console) -> AsyncIterator[Rig]:
    """Start Kafka and registry, register the schemas, create the topics; all is gone when the block ends.

    Raises:
        DeployError: a subclass that says what did not start.
    """
    with TemporaryDirectory(prefix="tideline-bench-") as folder:
        async with open_stack(StackSettings.disposable()) as stack:
            kafka = KafkaSettings(bootstrap_servers=stack.bootstrap_servers, security_protocol="PLAINTEXT")
            registry = RegistrySettings(url=HttpUrl(stack.registry_url))
            codecs = await asyncio.to_thread(_declare, kafka, registry)
            admin = AdminClient(kafka.client_config())
            yield Rig(console, kafka, registry, codecs, LogReader(kafka), admin, Path(folder))


def _declare(kafka: KafkaSettings, registry: RegistrySettings) -> Codecs:
    subjects = {topic.subject: topic.record for topic in TOPICS}
    with Registry(registry) as client:
        list(register(client, subjects))
        codecs = load_codecs(client, subjects)
    admin = TopicAdmin(kafka)
    admin.apply(admin.plan(TOPICS))
    return codecs
