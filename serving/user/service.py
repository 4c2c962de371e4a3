"""UserService: profiles read from the tables and changed by events, and what a user did lately."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from schemas.records import UserChange, UserChangeKind
from schemas.tenancy import check_id
from serving.api.recommender.v1 import user_pb2 as pb
from serving.at_least.holds import of_profiles, of_user
from serving.at_least.waiting import AtLeast
from serving.behavior.service import Producer, log_position
from serving.clock import check_as_of, check_event_time
from serving.ids import check_ids
from serving.user.rows import UserRows, attributes, interactions, last_hour, totals
from serving.versions import check_version, version
from topics.routes import pack

MAX_USERS: Final = 200
_FIELDS: Final = {"event_time": "event_time_ms"}
"""The contract's name of each field that the record calls something else."""


class UserWorld(Protocol):
    """What the service reads of the world; `serving.views.world.World` is one."""

    def user_rows(self, tenant: str, user: str, as_of_ms: int) -> UserRows:
        """Return the user's rows; raise UnknownTenantError if nothing of the tenant was ever folded."""
        ...


class Worlds(Protocol):
    """What gives the world that serves; `serving.generations.switch.Switch` is one."""

    @property
    def world(self) -> UserWorld:
        """The world; raises NotReadyError while there is none."""
        ...


@dataclass(frozen=True, slots=True)
class UserService:
    """Serves `recommender.v1.UserService`; errors become statuses in `interceptors/errors.py`."""

    worlds: Worlds
    at_least: AtLeast
    producer: Producer
    codecs: Codecs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def GetUserProfile(self, request: pb.GetUserProfileRequest, context: Any) -> pb.UserProfile:  # noqa: N802
        """Return the profile; raise InvalidFieldError, UnknownTenantError, NotReadyError or what waiting raises."""
        check_id(request.user_id, "user_id")
        await self.at_least.reach(request.at_least, of_profiles(request.tenant_id, [request.user_id]))
        return self._profile(request.tenant_id, request.user_id)

    async def BatchGetUserProfiles(  # noqa: N802
        self, request: pb.BatchGetUserProfilesRequest, context: Any
    ) -> pb.BatchGetUserProfilesResponse:
        """Return the profiles in the order of the request; raise as GetUserProfile does."""
        users: Sequence[str] = request.user_ids
        check_ids(users, "user_ids", MAX_USERS)
        await self.at_least.reach(request.at_least, of_profiles(request.tenant_id, users))
        return pb.BatchGetUserProfilesResponse(profiles=[self._profile(request.tenant_id, user) for user in users])

    async def UpdateUserProfile(  # noqa: N802
        self, request: pb.UpdateUserProfileRequest, context: Any
    ) -> pb.UpdateUserProfileResponse:
        """Write the change; raise InvalidFieldError, VersionConflictError, or what the producer raises."""
        change = self._change(request)
        parcel = _packed(change, self.codecs)
        if request.HasField("expected_version"):
            rows = self.worlds.world.user_rows(request.tenant_id, request.user_id, self.clock())
            check_version(rows.profile, request.expected_version, f"the profile of user {request.user_id}")
        origin = await self.producer.deliver(parcel)
        return pb.UpdateUserProfileResponse(event_id=change.event_id, position=log_position(origin))

    async def GetUserRealtimeFeatures(  # noqa: N802
        self, request: pb.GetUserRealtimeFeaturesRequest, context: Any
    ) -> pb.UserRealtimeFeatures:
        """Return what the user did lately; raise as GetUserProfile does."""
        check_id(request.user_id, "user_id")
        now = self.clock()
        as_of = check_as_of(request.as_of_ms if request.HasField("as_of_ms") else now, now)
        await self.at_least.reach(request.at_least, of_user(request.tenant_id, request.user_id))
        rows = self.worlds.world.user_rows(request.tenant_id, request.user_id, as_of)
        return pb.UserRealtimeFeatures(
            user_id=request.user_id,
            last_hour=last_hour(rows, as_of),
            totals=totals(rows),
            tags=rows.state.tags,
            recent=[
                pb.Interaction(item_id=item, action=action, event_time_ms=time, value_thousandths=value)
                for item, action, time, value in interactions(rows)
            ],
            seen=len(rows.state.seen),
        )

    def _profile(self, tenant: str, user: str) -> pb.UserProfile:
        profile = self.worlds.world.user_rows(tenant, user, self.clock()).profile
        return pb.UserProfile(
            user_id=user,
            attributes=attributes(profile),
            version=version(profile),
            erased_at_ms=profile.erased_at if profile.erased_at >= 0 else None,
        )

    def _change(self, request: pb.UpdateUserProfileRequest) -> UserChange:
        now = self.clock()
        time = check_event_time(
            request.event_time_ms if request.HasField("event_time_ms") else now, now, "event_time_ms"
        )
        if not (request.erase or request.attributes or request.removed):
            raise InvalidFieldError("attributes", "must name something to set, unless something is removed or erased")
        return UserChange(
            event_id=request.event_id or str(uuid7()),
            tenant_id=request.tenant_id,
            user_id=request.user_id,
            change=UserChangeKind.ERASE if request.erase else UserChangeKind.UPDATE,
            event_time=time,
            attributes=dict(request.attributes),
            removed=list(request.removed),
        )


def _packed(change: UserChange, codecs: Codecs) -> Any:
    try:
        return pack(change, codecs)
    except InvalidFieldError as error:
        raise InvalidFieldError(_FIELDS.get(error.field, error.field), error.why) from None
