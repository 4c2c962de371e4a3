"""Start servers side by side and wait until they answer; stop them in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from deploy.errors import DeployError, ServiceStartError
from deploy.local.ports import require_free
from deploy.local.probes import answers
from deploy.local.process import Process, tail
from deploy.local.progress import Progress
from deploy.local.server import Server
from deploy.local.settings import Service

POLL_S = 0.1
TAIL_LINES = 20
# The registry writes to Kafka until its end; stopped after it, it waits for a broker that does not come back.
STOP_ORDER = ((Service.MILVUS, Service.REGISTRY), (Service.KAFKA,))


def log_path(home: Path, service: Service) -> Path:
    """Return the file with a service's output."""
    return home / "logs" / f"{service}.log"


class Launcher:
    """Starts and stops the servers of one stack."""

    def __init__(self, home: Path, *, tied: bool, start_timeout_s: float, stop_timeout_s: float) -> None:
        """Choose how servers are run.

        Args:
            home: absolute path of the stack's folder; logs go to `logs/` in it.
            tied: let the servers die with the calling thread, however it ends (on Linux).
            start_timeout_s: how long a server may take until it answers.
            stop_timeout_s: how long a server may take to end before it is killed.
        """
        self._home = home
        self._tied = tied
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s

    async def start(
        self, servers: Iterable[Server], spawned: Callable[[Server, Process], None], progress: Progress
    ) -> None:
        """Start servers at the same time and return when all of them answer.

        Args:
            servers: the servers; one that needs another waits for it by itself.
            spawned: told of each process as soon as there is one. When this method raises, those processes may
                still run: stop them.
            progress: told of each step.

        Raises:
            PortTakenError: a port is in use; nothing was started.
            ServiceStartError: a server ended or did not answer in time.
        """
        servers = list(servers)
        for server in servers:
            for field, port in server.ports.items():
                require_free(port, server.service, field)
        try:
            async with asyncio.TaskGroup() as tasks:
                for server in servers:
                    tasks.create_task(self._start(server, spawned, progress))
        except* DeployError as failures:
            raise failures.exceptions[0] from None  # the first one ended the others

    async def wait(self, service: Service, address: str, process: Process) -> None:
        """Return when the service answers at its address.

        Raises:
            ServiceStartError: its process ended, or did not answer in time.
        """
        log = log_path(self._home, service)
        try:
            async with asyncio.timeout(self._start_timeout_s):
                while not await answers(service, address):
                    if not process.alive:
                        raise ServiceStartError(_with_tail(f"{service} ended while it started", log))
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            waited = f"{service} did not answer within {self._start_timeout_s:g} s"
            raise ServiceStartError(_with_tail(waited, log)) from None

    async def stop(self, processes: Mapping[Service, Process], progress: Progress) -> None:
        """Stop processes, the registry before its Kafka. Those that have ended already are left alone.

        Raises:
            ServiceStopError: a process outlived its kill signal.
        """
        for services in STOP_ORDER:
            await asyncio.gather(
                *(self._stop(service, processes[service], progress) for service in services if service in processes)
            )

    async def _start(self, server: Server, spawned: Callable[[Server, Process], None], progress: Progress) -> None:
        progress.service(server.service, "preparing")
        await asyncio.to_thread(server.prepare)
        process = Process.spawn(server.command(), log_path(self._home, server.service), tied=self._tied)
        spawned(server, process)
        progress.service(server.service, "starting")
        await self.wait(server.service, server.address, process)
        progress.service(server.service, "ready")

    async def _stop(self, service: Service, process: Process, progress: Progress) -> None:
        progress.service(service, "stopping")
        await process.stop(self._stop_timeout_s)
        progress.service(service, "stopped")


def _with_tail(what: str, log: Path) -> str:
    lines = tail(log, TAIL_LINES)
    return "\n".join([f"{what}; the end of {log}:", *lines]) if lines else f"{what}; it wrote nothing to {log}"
