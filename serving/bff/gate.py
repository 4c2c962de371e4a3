"""Gate: the first stage. Whose request it is, how it is configured, and the state that it is answered from."""

from dataclasses import dataclass

import numpy as np

from serving.bff.read_model import ReadModel
from serving.bff.work import Work
from serving.configuration.choice import Configured
from serving.errors import NotReadyError
from serving.query import Query


@dataclass(frozen=True, slots=True)
class Gate:
    """Turns a request into a query, or refuses it."""

    world: ReadModel
    config: Configured

    async def __call__(self, work: Work, until: float) -> None:
        """Set query, configuration and positions; raise NotReadyError or UnknownTenantError."""
        request, world = work.request, self.world
        if not world.ready:
            raise NotReadyError("the views have not reached the end of their changelogs yet; try again shortly")
        choice = self.config.choose(request.tenant, request.scenario, request.user)
        work.config, work.arms, work.versions = choice.config, choice.arms, choice.versions
        exclude_seen = work.config.exclude_seen if request.exclude_seen is None else request.exclude_seen
        # Before the reads: the state read is then at least as new as the positions say.
        work.positions = world.positions()
        work.staleness_ms = world.staleness_ms()
        catalogue = world.catalogue(request.tenant)
        earlier = [catalogue.numbers[item] for item in request.earlier if item in catalogue.numbers]
        work.query = Query(
            tenant=request.tenant,
            user=request.user,
            scenario=request.scenario,
            count=request.count,
            as_of_ms=request.as_of_ms,
            catalogue=catalogue,
            state=world.user_state(request.tenant, request.user, request.as_of_ms),
            context=request.context,
            exclude_seen=exclude_seen,
            offset=len(request.earlier),
            earlier=np.array(earlier, np.int32),
        )
