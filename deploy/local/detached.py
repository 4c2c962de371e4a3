"""The stack of `tideline up`: servers that outlive the command, found again through the state file."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from deploy.local.launch import Launcher, log_path
from deploy.local.probes import answers
from deploy.local.process import Process
from deploy.local.progress import Progress
from deploy.local.server import Server
from deploy.local.servers import build_servers, with_ports
from deploy.local.settings import Service, StackSettings
from deploy.local.state import Record, StateFile


class State(StrEnum):
    """What a server is found to be."""

    READY = "ready"
    UNRESPONSIVE = "unresponsive"  # it runs, but does not answer
    ENDED = "ended"  # nobody stopped it: it crashed, was killed, or the machine was restarted
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Status:
    """A server as it is now; what does not apply is none.

    Attributes:
        service: which one.
        state: what it is found to be.
        log: the file with its output.
        pid: its process.
        address: what clients connect to.
        ports: its ports, by field of `StackSettings`.
        rss_bytes: resident memory.
        uptime_s: seconds since its start.
    """

    service: Service
    state: State
    log: str
    pid: int | None = None
    address: str | None = None
    ports: dict[str, int] | None = None
    rss_bytes: int | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """What `DetachedStack.up` did.

    Attributes:
        started: services that it started.
        running: services that ran already.
        ended: services whose process had ended since it was started, without `down`.
    """

    started: frozenset[Service]
    running: frozenset[Service]
    ended: frozenset[Service]


class DetachedStack:
    """Starts, stops and inspects the one stack of a folder."""

    def __init__(self, settings: StackSettings, home: Path, progress: Progress) -> None:
        """Choose the stack; nothing happens yet.

        Args:
            settings: what to run.
            home: the folder of the stack.
            progress: told of each step.
        """
        self._settings = settings
        self._home = home.resolve()
        self._progress = progress
        self._file = StateFile(self._home)
        self._launcher = Launcher(
            self._home,
            tied=False,
            start_timeout_s=settings.start_timeout_s,
            stop_timeout_s=settings.stop_timeout_s,
        )

    async def up(self) -> Started:
        """Start the servers that do not run yet, and return when all of them answer.

        Raises:
            DeployError: a subclass that says why; what this call had started is stopped again.
        """
        with self._file.locked():
            known = self._file.load()
            running = {service: record for service, record in known.items() if record.process.alive}
            missing = self._settings.services - running.keys()
            if missing:
                await self._start(missing, running)
            for service, record in running.items():
                await self._launcher.wait(service, record.address, record.process)
            return Started(missing, frozenset(running), frozenset(known.keys() - running.keys()))

    async def down(self) -> frozenset[Service]:
        """Stop the servers and return which ones ran.

        Raises:
            ServiceStopError: a process outlived its kill signal; its record is kept.
        """
        if not self._home.exists():
            return frozenset()
        with self._file.locked():
            processes = {
                service: record.process for service, record in self._file.load().items() if record.process.alive
            }
            await self._launcher.stop(processes, self._progress)
            self._file.save({})
            return frozenset(processes)

    async def status(self) -> list[Status]:
        """Return every service of a stack, whether it runs or not, in the order of their dependence."""
        records = self._file.load()
        return list(await asyncio.gather(*(self._status(service, records.get(service)) for service in Service)))

    def logs(self) -> dict[Service, Path]:
        """Return the files with the servers' output; one that never ran has none."""
        paths = {service: log_path(self._home, service) for service in Service}
        return {service: path for service, path in paths.items() if path.exists()}

    async def _start(self, missing: frozenset[Service], running: dict[Service, Record]) -> None:
        """Start the missing services and record them beside those that run."""
        # A service that runs keeps its ports whatever the settings say now: the registry must find its Kafka.
        ports = {field: port for record in running.values() for field, port in record.ports.items()}
        settings = with_ports(self._settings.model_copy(update=ports))
        servers = await asyncio.to_thread(build_servers, settings, self._home, self._progress)
        started: dict[Service, Record] = {}

        def record(server: Server, process: Process) -> None:
            started[server.service] = Record(process, server.address, server.ports)
            self._file.save(running | started)

        try:
            await self._launcher.start([servers[service] for service in missing], record, self._progress)
        except BaseException:
            await self._launcher.stop({service: one.process for service, one in started.items()}, self._progress)
            self._file.save(running)
            raise

    async def _status(self, service: Service, record: Record | None) -> Status:
        log = str(log_path(self._home, service))
        if record is None:
            return Status(service, State.STOPPED, log)
        if not record.process.alive:
            return Status(service, State.ENDED, log, record.process.pid, record.address, record.ports)
        return Status(
            service=service,
            state=State.READY if await answers(service, record.address) else State.UNRESPONSIVE,
            log=log,
            pid=record.process.pid,
            address=record.address,
            ports=record.ports,
            rss_bytes=record.process.rss,
            uptime_s=round(time.time() - record.process.started_at, 1),
        )
