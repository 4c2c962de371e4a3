"""The platform: the stack with topics and schemas, and a worker, as an operator would start them."""

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pytest
from confluent_kafka import Message
from confluent_kafka.admin import AdminClient

from deploy.demo.child import Child
from deploy.local.stack import Stack
from schemas.loading import Codecs, load_codecs
from schemas.records import Row
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.broker import broker_errors
from topics.catalog import SOURCES, TOPICS
from topics.errors import BrokerUnavailableError
from topics.offsets import Lag, LogOffsets, Partition
from topics.reader import LogReader
from topics.settings import KafkaSettings
from topics.topic import Topic

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Tideline:
    """The command line, in an environment that leads to the stack."""

    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            env={**os.environ, **self.environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, name: str, *arguments: str, **settings: str) -> Child:
        """Run a command until the block ends; the settings are environment variables of it alone."""
        environment = {**os.environ, **self.environment, **settings}
        return Child(name, arguments, environment, self.folder / f"{name}.log")


@dataclass(frozen=True)
class Platform:
    """How to reach what runs, and the means to run more."""

    kafka: KafkaSettings
    codecs: Codecs
    tideline: Tideline

    @cached_property
    def reader(self) -> LogReader:
        return LogReader(self.kafka)

    @cached_property
    def offsets(self) -> LogOffsets:
        return LogOffsets(self.kafka)

    def records(self, topic: Topic) -> list[Message]:
        """Return all records of a topic, those of a partition in their order."""
        partitions = self.offsets.partitions(topic.name)
        start, end = self.offsets.start(partitions), self.offsets.end(partitions)
        return [record for batch in self.reader.read(start, end) for record in batch.records]

    def rows(self, changelog: Topic, row: type[R], tenant: str) -> dict[bytes, R]:
        """Return the tenant's rows of a table, read from its changelog alone."""
        codec = self.codecs.codec_for(changelog.subject, row)
        latest = {record.key() or b"": record.value() or b"" for record in self.records(changelog)}
        return {key: codec.decode(value) for key, value in latest.items() if key.startswith(f"{tenant}/".encode())}

    def members(self, group: str = "tideline") -> dict[str, int]:
        """Return how many partitions each member of a consumer group has."""
        admin = AdminClient(self.kafka.client_config())
        with broker_errors(f"describe group {group}"):
            described = admin.describe_consumer_groups([group])[group].result()
        return {member.member_id: len(member.assignment.topic_partitions) for member in described.members}


async def settled(platform: Platform, *workers: Child) -> None:
    """Return when the group has done all that the sources hold; raise ChildEndedError when one of its workers ends."""
    behind: dict[Partition, Lag] = {}
    try:
        async with asyncio.timeout(90):
            while True:
                for worker in workers:
                    worker.check()
                with suppress(BrokerUnavailableError):  # tests stop it, too
                    lags = await asyncio.to_thread(platform.offsets.lag, "tideline", [topic.name for topic in SOURCES])
                    behind = {place: lag for place, lag in lags.items() if lag.records}
                    if not behind:
                        return
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"the group did not come to the end of its sources; last seen: {behind}")


async def shared_by(platform: Platform, workers: int) -> None:
    """Return when the group has so many members and each of them has partitions."""
    held: dict[str, int] = {}
    try:
        async with asyncio.timeout(90):
            while len(held) != workers or not all(held.values()):
                await asyncio.sleep(0.1)
                with suppress(BrokerUnavailableError):
                    held = await asyncio.to_thread(platform.members)
    except TimeoutError:
        pytest.fail(f"{workers} workers did not come to share the partitions; last seen: {held}")


async def prepare(stack: Stack, folder: Path, **settings: str) -> Platform:
    """Create topics and schemas on the stack, and return how to reach it; the settings are environment variables."""
    environment = {
        "TIDELINE_KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "TIDELINE_REGISTRY_URL": stack.registry_url,
        "TIDELINE_WORKER_STATE_DIR": str(folder / "worker"),
        "TIDELINE_MODELS_FOLDER": str(folder / "models"),
        **settings,
    }
    tideline = Tideline(environment, folder)
    for command in (["topics", "apply"], ["schemas", "register"]):
        done = await asyncio.to_thread(tideline.run, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    with Registry(RegistrySettings(url=stack.registry_url)) as registry:
        codecs = load_codecs(registry, {topic.subject: topic.record for topic in TOPICS})
    return Platform(KafkaSettings(bootstrap_servers=stack.bootstrap_servers), codecs, tideline)


@pytest.fixture(scope="session")
async def platform(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return await prepare(stack, tmp_path_factory.mktemp("platform"))
