"""HealthCheck: what each service tells of itself, the same for all; added to each as it is registered."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final, Protocol

from serving.api.recommender_common.v1 import health_pb2 as pb
from serving.bff.asking import table_positions
from serving.errors import NotReadyError
from serving.roster import Service

VERSION: Final = version("tideline")


class Told(Protocol):
    """What is told of a world."""

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        """Return how far each table was read; see `ReadModel.positions`."""
        ...

    def staleness_ms(self) -> int:
        """Return a bound on how old the state is; see `ReadModel.staleness_ms`."""
        ...


class Worlds(Protocol):
    """What gives the world that serves; `serving.generations.switch.Switch` is one."""

    @property
    def ready(self) -> bool:
        """Whether there is one that can be read."""
        ...

    @property
    def world(self) -> Told:
        """The world; raises NotReadyError while there is none."""
        ...


class Vitals:
    """How the process does."""

    def __init__(self, worlds: Worlds) -> None:
        """Take what knows whether the views can be read."""
        self._worlds = worlds
        self._ending = False

    def end(self) -> None:
        """Say NOT_SERVING from now on: the process is about to end."""
        self._ending = True

    def of(self, service: Service) -> pb.HealthCheckResponse:
        """Return how the service does."""
        serving = not self._ending and (self._worlds.ready or not service.reads_views)
        answer = pb.HealthCheckResponse(
            status=pb.HealthCheckResponse.STATUS_SERVING if serving else pb.HealthCheckResponse.STATUS_NOT_SERVING,
            service=service.full_name,
            version=VERSION,
        )
        if service.reads_views:
            try:
                world = self._worlds.world
            except NotReadyError:
                return answer
            answer.staleness_ms = world.staleness_ms()
            answer.positions.extend(table_positions(world.positions()))
        return answer


class Checked:
    """A servicer with HealthCheck beside its own methods."""

    def __init__(self, servicer: Any, service: Service, vitals: Vitals) -> None:
        """Take what answers all other methods."""
        self._servicer = servicer
        self._service = service
        self._vitals = vitals

    def __getattr__(self, method: str) -> Any:
        return getattr(self._servicer, method)

    async def HealthCheck(  # noqa: N802
        self, request: pb.HealthCheckRequest, context: Any
    ) -> pb.HealthCheckResponse:
        """Return how the service does; never raises."""
        return self._vitals.of(self._service)
