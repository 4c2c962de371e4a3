"""The embedded stack as an object: `async with LocalStack() as stack`."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from deploy.errors import ServiceUnknownError
from deploy.local.launch import Launcher, log_path
from deploy.local.process import Process
from deploy.local.progress import Progress, Silent
from deploy.local.server import Server
from deploy.local.servers import build_servers, with_ports
from deploy.local.settings import Service, StackSettings


class Stack(Protocol):
    """Kafka, a schema registry and Milvus, running while the context is open, wherever they run."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's bootstrap servers."""

    @property
    def registry_url(self) -> str:
        """Base URL of the registry's Confluent-compatible API, version 7."""

    @property
    def milvus_uri(self) -> str:
        """URI for pymilvus."""


class LocalStack:
    """Real servers as child processes; by default Kafka and registry on free ports, in a temporary folder.

    On Linux the servers die with the thread that opened the context, even when it is killed. Elsewhere a killed
    parent leaves them running.
    """

    def __init__(self, settings: StackSettings | None = None, progress: Progress | None = None) -> None:
        """Describe a stack; entering the context starts it.

        Args:
            settings: what to run and where; by default `StackSettings.disposable()`.
            progress: told of downloads and of each server's start and stop.
        """
        self._settings = with_ports(settings or StackSettings.disposable())
        self._progress = progress or Silent()
        self._temporary = tempfile.TemporaryDirectory(prefix="tideline-") if self._settings.home is None else None
        self._home = Path(self._temporary.name if self._temporary else self._settings.home or "").resolve()
        self._launcher = Launcher(
            self._home,
            tied=True,
            start_timeout_s=self._settings.start_timeout_s,
            stop_timeout_s=self._settings.stop_timeout_s,
        )
        self._servers: Mapping[Service, Server] = {}
        self._processes: dict[Service, Process] = {}

    async def __aenter__(self) -> Self:
        """Start the servers and return when all of them answer.

        Raises:
            DeployError: a subclass that says why the stack cannot run; nothing is left behind.
        """
        try:
            self._servers = await asyncio.to_thread(build_servers, self._settings, self._home, self._progress)
            await self._launcher.start(self._servers.values(), self._remember, self._progress)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the servers; remove the folder if it is a temporary one."""
        await self._close()

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's bootstrap servers."""
        return self._server(Service.KAFKA).address

    @property
    def registry_url(self) -> str:
        """Base URL of the registry's Confluent-compatible API, version 7."""
        return self._server(Service.REGISTRY).address

    @property
    def milvus_uri(self) -> str:
        """URI for pymilvus."""
        return self._server(Service.MILVUS).address

    def process(self, service: Service) -> Process:
        """Return a server's process, to pause it or `kill()` it in a fault test."""
        self._server(service)
        return self._processes[service]

    def log(self, service: Service) -> Path:
        """Return the file with a server's output."""
        return log_path(self._home, service)

    async def stop(self, service: Service) -> None:
        """Stop one server in good order; `start` brings it back."""
        await self._launcher.stop({service: self.process(service)}, self._progress)

    async def start(self, service: Service) -> None:
        """Start a server that was stopped or killed, on the same port and data."""
        await self._launcher.start([self._server(service)], self._remember, self._progress)

    async def restart(self, service: Service, *, hard: bool = False) -> None:
        """Stop a server, or `kill -9` it when `hard`, and start it again on the same port and data."""
        if hard:
            self.process(service).kill()
        await self.stop(service)
        await self.start(service)

    def _remember(self, server: Server, process: Process) -> None:
        self._processes[server.service] = process

    def _server(self, service: Service) -> Server:
        try:
            return self._servers[service]
        except KeyError:
            running = ", ".join(sorted(self._servers)) or "nothing, its context is not open"
            raise ServiceUnknownError(f"this stack does not run {service}; it runs {running}") from None

    async def _close(self) -> None:
        await self._launcher.stop(self._processes, self._progress)
        if self._temporary:
            await asyncio.to_thread(self._temporary.cleanup)
