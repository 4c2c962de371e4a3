"""Apache Kafka as a single node that is broker and KRaft controller in one."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import ServiceStartError
from deploy.local.class_archive import ClassArchive
from deploy.local.jvm import Jvm
from deploy.local.ports import HOST
from deploy.local.settings import Service

FORMAT_TIMEOUT_S = 60

LOG4J2 = """\
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %-5p %c{1}: %m%n
"""


@dataclass(frozen=True, slots=True)
class Kafka:
    """The broker.

    Attributes:
        classpath: its jars.
        home: the folder for its configuration (`kafka/`) and its data (`data/kafka/`).
        port: the listener for clients.
        controller_port: the listener of the KRaft controller, used by the broker itself.
        heap_mb: largest heap, in MiB.
        archives: the folder for archives of its classes.
    """

    classpath: Sequence[Path]
    home: Path
    port: int
    controller_port: int
    heap_mb: int
    archives: Path

    service = Service.KAFKA

    @property
    def ports(self) -> dict[str, int]:
        """Both listeners."""
        return {"kafka_port": self.port, "controller_port": self.controller_port}

    @property
    def address(self) -> str:
        """The bootstrap servers."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> None:
        """Write the configuration; format the data folder when it is new.

        Raises:
            ServiceStartError: formatting failed; the message ends with what Kafka said.
        """
        self._config.mkdir(parents=True, exist_ok=True)
        self._data.parent.mkdir(parents=True, exist_ok=True)
        lines = (f"{name}={value}" for name, value in self._properties().items())
        (self._config / "server.properties").write_text("\n".join(lines) + "\n")
        (self._config / "log4j2.properties").write_text(LOG4J2)
        self._archive.prepare()
        if not (self._data / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        """Return the command that runs the broker."""
        return self._jvm(self.heap_mb).run_class(self.classpath, "kafka.Kafka", self._server_properties)

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = self._jvm(heap_mb=128, tool=True).run_class(
            self.classpath,
            "kafka.tools.StorageTool",
            # With `=`: one id in 64 begins with a hyphen, and would be read as an option.
            *("format", "--ignore-formatted", f"--cluster-id={cluster_id}", "--config", self._server_properties),
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S, check=False)
        if done.returncode:
            raise ServiceStartError(f"kafka could not format {self._data}:\n{done.stdout}{done.stderr}".rstrip())

    def _jvm(self, heap_mb: int, *, tool: bool = False) -> Jvm:
        properties = {"log4j2.configurationFile": str(self._config / "log4j2.properties")}
        return Jvm(heap_mb, quick=tool, properties=properties, sharing=self._archive.options(record=not tool))

    @property
    def _archive(self) -> ClassArchive:
        return ClassArchive(self.archives, "kafka", self.classpath)

    @property
    def _config(self) -> Path:
        return self.home / "kafka"

    @property
    def _server_properties(self) -> str:
        return str(self._config / "server.properties")

    @property
    def _data(self) -> Path:
        return self.home / "data" / "kafka"

    def _properties(self) -> dict[str, str | int]:
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            # A fixed quorum, not a dynamic one: that would keep the controller's port in the data.
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._data),
            "auto.create.topics.enable": "false",
            "log.retention.ms": -1,  # the log is the truth; seven days would delete events of 1996 at once
            "offsets.retention.minutes": 525600,  # a demo resumed next month goes on where it stopped
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 1,
            "group.initial.rebalance.delay.ms": 0,  # three seconds by default, at every start of every worker
            # After a crash the controller lets the broker back in only when its old session has timed out, which takes
            # nine seconds by default; and it takes up a new broker at its first heartbeat, two seconds apart.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            "log.cleaner.dedupe.buffer.size": 16 << 20,  # 128 MiB by default, taken from the heap at start
        }
