"""The platform: the stack with topics and schemas, and a worker, as an operator would start them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from deploy.demo.child import Child
from deploy.local.stack import Stack
from schemas.loading import Codecs, load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.catalog import TOPICS
from topics.offsets import LogOffsets
from topics.reader import LogReader
from topics.settings import KafkaSettings


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

    def start(self, name: str, *arguments: str) -> Child:
        """Run a command until the block ends."""
        return Child(name, arguments, self.environment, self.folder / f"{name}.log")


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


@pytest.fixture(scope="session")
async def platform(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    folder = tmp_path_factory.mktemp("platform")
    environment = {
        "TIDELINE_KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "TIDELINE_REGISTRY_URL": stack.registry_url,
        "TIDELINE_WORKER_STATE_DIR": str(folder / "worker"),
    }
    tideline = Tideline(environment, folder)
    for command in (["topics", "apply"], ["schemas", "register"]):
        done = tideline.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    with Registry(RegistrySettings(url=stack.registry_url)) as registry:
        codecs = load_codecs(registry, {topic.subject: topic.record for topic in TOPICS})
    return Platform(KafkaSettings(bootstrap_servers=stack.bootstrap_servers), codecs, tideline)
