"""Apicurio Registry, with its schemas in Kafka, so that they survive a restart as events do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.local.class_archive import ClassArchive
from deploy.local.jvm import Jvm
from deploy.local.ports import HOST
from deploy.local.settings import Service

API = "/apis/ccompat/v7"


@dataclass(frozen=True, slots=True)
class Registry:
    """The schema registry.

    Attributes:
        folder: the unpacked archive of Apicurio Registry.
        port: its HTTP port.
        bootstrap_servers: the Kafka that holds its journal. It may come up after the registry has started.
        heap_mb: largest heap, in MiB.
        archives: the folder for archives of its classes.
    """

    folder: Path
    port: int
    bootstrap_servers: str
    heap_mb: int
    archives: Path

    service = Service.REGISTRY

    @property
    def ports(self) -> dict[str, int]:
        """The HTTP port."""
        return {"registry_port": self.port}

    @property
    def address(self) -> str:
        """The base URL of the Confluent-compatible API, version 7."""
        return f"http://{HOST}:{self.port}{API}"

    def prepare(self) -> None:
        """Prepare its classes only: it is configured on its command line and creates its own topics in Kafka."""
        self._archive.prepare()

    def command(self) -> list[str]:
        """Return the command that runs the registry."""
        return Jvm(
            self.heap_mb,
            quick=True,
            properties={
                "quarkus.http.host": HOST,
                "quarkus.http.port": str(self.port),
                # Metrics and health would listen on every interface, on a port that a second stack wants too.
                "quarkus.management.host": HOST,
                "quarkus.management.port": "0",
                "quarkus.http.access-log.enabled": "false",
                'quarkus.log.category."org.apache.kafka".level': "WARN",
                "apicurio.storage.kind": "kafkasql",
                "apicurio.kafkasql.bootstrap.servers": self.bootstrap_servers,
                # It looks for snapshots until one poll of this length finds none; at the default of five seconds
                # that is nine of the sixteen seconds until it is ready. Missing one only replays more journal.
                "apicurio.kafkasql.consumer.poll.timeout": "300",
            },
            sharing=self._archive.options(record=True),
        ).run_jar(self._jar)

    @property
    def _archive(self) -> ClassArchive:
        return ClassArchive(self.archives, "registry", [self._jar])

    @property
    def _jar(self) -> Path:
        return self.folder / "quarkus-run.jar"
