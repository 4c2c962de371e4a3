"""The gRPC server of one process: health by service, reflection, metrics, and a stop that lets calls finish."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from serving.credentials import server_credentials
from serving.errors import PortTakenError
from serving.health import Checked, Vitals, Worlds
from serving.interceptors.auth import AuthInterceptor
from serving.interceptors.deadline import DeadlineInterceptor
from serving.interceptors.errors import ErrorsInterceptor
from serving.interceptors.limits import LimitsInterceptor
from serving.interceptors.stop import StopInterceptor
from serving.interceptors.telemetry import TelemetryInterceptor
from serving.interceptors.tenant import TenantInterceptor
from serving.interceptors.unary import Interceptors, UnaryInterceptor
from serving.metrics import Metrics
from serving.roster import SERVICES
from serving.security.guard import Guard
from serving.settings import ServingSettings

_LOG = logging.getLogger(__name__)

_WHOLE: Final = ""
"""Health's name for the process as a whole."""
_HEALTH_EVERY_S: Final = 0.1


class Server:
    """Serves while it is entered; `world` decides on the health of what reads the views."""

    def __init__(
        self,
        settings: ServingSettings,
        world: Worlds,
        servicers: Mapping[str, Any],
        metrics: Metrics,
        ports: Sequence[int] = (),
        guard: Guard | None = None,
    ) -> None:
        """Take what answers each service, by the names of the roster.

        `ports` stand in for that of the settings; without a guard nobody has to show a key.
        """
        self._guard = guard or Guard()
        self._settings = settings
        self._world = world
        self._metrics = metrics
        self._vitals = Vitals(world)
        self._ports = tuple(ports) or (settings.port,)
        self._health = health.aio.HealthServicer()
        self._services = {SERVICES[name]: servicer for name, servicer in servicers.items()}
        self._door = StopInterceptor()
        self._server = self._built()
        self._running = contextlib.AsyncExitStack()
        self.port = self._ports[0]
        """The first gRPC port; once entered, the one that was found where the settings ask for a free one."""

    async def __aenter__(self) -> Self:
        """Listen; raise PortTakenError if a port is another process's."""
        async with contextlib.AsyncExitStack() as starting:
            starting.enter_context(self._metrics_endpoint())
            self.port, *_ = [self._bound_port(port) for port in self._ports]
            await self._server.start()
            starting.push_async_callback(self._door.stop, self._server, self._settings.drain_s)
            # Runs before the stop above: whoever asks for health is told before calls are refused.
            starting.push_async_callback(self._health.enter_graceful_shutdown)
            starting.callback(self._vitals.end)
            starting.push_async_callback(_ended, asyncio.create_task(self._report_health()))
            self._running = starting.pop_all()
        _LOG.info("serving gRPC on %s, ports %s", self._settings.host, self._ports)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say NOT_SERVING, refuse new calls, and let those under way finish for up to `drain_s`."""
        await self._running.aclose()

    def _built(self) -> grpc.aio.Server:
        options = [
            ("grpc.max_receive_message_length", self._settings.message_bytes),
            ("grpc.so_reuseport", 0),  # two processes on one port would answer from two states in turn
        ]
        interceptors: list[UnaryInterceptor] = [
            TelemetryInterceptor(self._metrics),
            ErrorsInterceptor(),
            DeadlineInterceptor(self._settings.longest_call_s),
            self._door,
            *self._authentication(),
            TenantInterceptor(),
            LimitsInterceptor(self._guard.limiter, self._metrics),
        ]
        server = grpc.aio.server(
            interceptors=[Interceptors(interceptors)],
            options=options,
            maximum_concurrent_rpcs=self._settings.concurrent_calls,
        )
        for service, servicer in self._services.items():
            service.register(Checked(servicer, service, self._vitals), server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = (*(each.full_name for each in self._services), health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server)
        return server

    def _authentication(self) -> list[AuthInterceptor]:
        doorkeeper = self._guard.doorkeeper
        if doorkeeper is None:
            return []
        return [AuthInterceptor(doorkeeper, self._guard.certificate_tenant, self._metrics)]

    def _bound_port(self, port: int) -> int:
        address = f"{self._settings.host}:{port}"
        try:
            if (certificates := self._guard.certificates) is not None:
                return int(self._server.add_secure_port(address, server_credentials(certificates)))
            return int(self._server.add_insecure_port(address))
        except RuntimeError as error:
            raise PortTakenError(f"cannot listen on {address}: {error}; choose another with --port") from error

    @contextlib.contextmanager
    def _metrics_endpoint(self) -> Iterator[None]:
        port = self._settings.metrics_port
        if port == 0:
            yield
            return
        try:
            endpoint, thread = start_http_server(port, "127.0.0.1", self._metrics.registry)
        except OSError as error:
            why = f"cannot listen on port {port} for metrics: {error.strerror}; choose another with --metrics-port"
            raise PortTakenError(why) from error
        try:
            yield
        finally:
            endpoint.shutdown()
            endpoint.server_close()
            thread.join()

    async def _report_health(self) -> None:
        """Keep health and gauges as the world says; what needs no views serves from the start."""
        for service in self._services:
            if not service.reads_views:
                await self._health.set(service.full_name, health_pb2.HealthCheckResponse.SERVING)
        waiting = (*(each.full_name for each in self._services if each.reads_views), _WHOLE)
        told: bool | None = None
        while True:
            ready = self._world.ready
            if ready is not told:
                check = health_pb2.HealthCheckResponse
                status = check.SERVING if ready else check.NOT_SERVING
                for name in waiting:
                    await self._health.set(name, status)
                self._metrics.ready.set(ready)
                told = ready
            await asyncio.sleep(_HEALTH_EVERY_S)


async def _ended(task: "asyncio.Task[None]") -> None:
    """Cancel the task and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
