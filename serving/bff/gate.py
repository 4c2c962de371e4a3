"""Gate: the first stage. Whose request it is, how it is configured, and the state that it is answered from."""

from dataclasses import dataclass
from typing import Final

from schemas.applied import NOTHING
from serving.bff.read_model import ReadModel
from serving.bff.work import LogPosition, Work
from serving.config_file import ServingConfig
from serving.errors import BehindError, NotReadyError
from serving.query import Query, UserState
from topics.catalog import BEHAVIOR, USER_CHANGE
from topics.changelogs import USER_ACTIVITY, USER_PROFILE

FOLDED_INTO: Final = {BEHAVIOR.name: USER_ACTIVITY.name, USER_CHANGE.name: USER_PROFILE.name}
"""By topic of events, the table whose row of the user tells whether it holds one."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Turns a request into a query, or refuses it."""

    world: ReadModel
    config: ServingConfig

    async def __call__(self, work: Work, until: float) -> None:
        """Set query, configuration and positions; raise NotReadyError, BehindError or UnknownTenantError."""
        request, world = work.request, self.world
        if not world.ready:
            raise NotReadyError("the views have not reached the end of their changelogs yet; try again shortly")
        work.config = self.config.of(request.tenant, request.scenario)
        exclude_seen = work.config.exclude_seen if request.exclude_seen is None else request.exclude_seen
        # Before the reads: the state read is then at least as new as the positions say.
        work.positions = world.positions()
        work.staleness_ms = world.staleness_ms()
        state = world.user_state(request.tenant, request.user, request.as_of_ms)
        if request.at_least is not None and not _holds(state, request.at_least):
            raise BehindError(f"the user's rows do not hold {request.at_least} yet; try again shortly")
        work.query = Query(
            tenant=request.tenant,
            user=request.user,
            scenario=request.scenario,
            count=request.count,
            as_of_ms=request.as_of_ms,
            catalogue=world.catalogue(request.tenant),
            state=state,
            context=request.context,
            exclude_seen=exclude_seen,
        )


def _holds(state: UserState, position: LogPosition) -> bool:
    applied = state.read.get(FOLDED_INTO[position.topic], {})
    return applied.get(str(position.partition), NOTHING) >= position.offset
