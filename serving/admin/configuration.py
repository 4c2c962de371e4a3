"""The methods of AdminService on configuration: what is in force here, what was, and changes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson
from uuid_utils import uuid7

from schemas.config_records import ConfigChange
from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from schemas.text import check_text
from serving.admin.sizes import check_bytes
from serving.api.recommender.v1 import admin_pb2 as pb
from serving.api.recommender.v1 import admin_pb2_grpc
from serving.behavior.service import Producer, log_position
from serving.configuration.assembly import PATH, assemble, own_table
from serving.configuration.components import EXPERIMENT, SERVING, Component
from serving.configuration.live import LiveConfig
from serving.configuration.tenant import TenantConfig
from serving.errors import InvalidConfigError, UnknownVersionError, VersionConflictError
from topics.configs import newest, parcel
from topics.offsets import Partition

MAX_JSON_BYTES: Final = 64 << 10
MAX_BY_BYTES: Final = 128
MAX_REASON_BYTES: Final = 1024
MAX_COUNT: Final = 1000
DEFAULT_COUNT: Final = 20
MAX_COMPONENTS: Final = 1000
"""Of a tenant: each change puts all of them together again."""

_LOOK_EVERY_S: Final = 0.005
_TRIES: Final = 20
"""Each is lost to another server, which then has its turn behind it."""


class Followed(Protocol):
    """What keeps the configuration as the log says; `serving.configuration.following.ConfigFollowing` is one."""

    @property
    def live(self) -> LiveConfig:
        """What it keeps."""
        ...

    def end(self) -> dict[Partition, int]:
        """Return where the log ends now; blocks. Raises what asking the broker raises."""
        ...

    def reached(self, places: dict[Partition, int]) -> bool:
        """Return whether all that lies before these offsets is in force or refused."""
        ...


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody wants a component to be."""

    tenant: str
    component: Component
    json: str
    changed_by: str
    reason: str
    expected: int | None = None


@dataclass(frozen=True)
class ConfigAdmin(admin_pb2_grpc.AdminServiceServicer):
    """Serves the methods on configuration; errors become statuses in `interceptors/errors.py`.

    A change names the version that it makes, and the log decides who was first: so it is read back before the answer,
    by which time this server answers requests by it, too.
    """

    followed: Followed
    producer: Producer
    codecs: Codecs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Changes made through this server wait for each other: else all but one of them would be written in vain."""

    async def GetConfig(self, request: pb.GetConfigRequest, context: Any) -> pb.Config:  # noqa: N802
        """Return what is in force; raise InvalidFieldError."""
        component = Component.parse(request.component)
        tenant = self.followed.live.tenant(request.tenant_id)
        found = self._in_force(tenant, component)
        found.effective_json = _effective(tenant, component)
        return found

    async def SetConfig(self, request: pb.SetConfigRequest, context: Any) -> pb.SetConfigResponse:  # noqa: N802
        """Write a change; raise InvalidFieldError, VersionConflictError, or what the producer raises."""
        component = Component.parse(request.component)
        if not request.json:
            raise InvalidFieldError(PATH, "must be given; {} is as servers were started")
        check_bytes(request.json, PATH, MAX_JSON_BYTES)
        expected = request.expected_version if request.HasField("expected_version") else None
        if expected is not None and expected < 0:
            raise InvalidFieldError("expected_version", f"must be 0 or more, not {expected}")
        _check_told(request)
        wish = _Wish(request.tenant_id, component, request.json, request.changed_by, request.reason, expected)
        return await self._set(wish)

    async def ListConfig(self, request: pb.ListConfigRequest, context: Any) -> pb.ListConfigResponse:  # noqa: N802
        """Return each component that the file or a change configures."""
        tenant = self.followed.live.tenant(request.tenant_id)
        components = {each.text: each for each in map(Component.parse, tenant.in_force)}
        for each in (Component(SERVING, ""), *(Component(SERVING, name) for name in tenant.scenarios)):
            if own_table(self.followed.live.file, request.tenant_id, each):
                components[each.text] = each
        ordered = sorted(components.values(), key=lambda component: component.layer)
        return pb.ListConfigResponse(configs=[self._in_force(tenant, each) for each in ordered])

    async def ConfigHistory(  # noqa: N802
        self, request: pb.ConfigHistoryRequest, context: Any
    ) -> pb.ConfigHistoryResponse:
        """Return the versions that were written; raise InvalidFieldError."""
        component = Component.parse(request.component)
        if not 0 <= request.count <= MAX_COUNT:
            raise InvalidFieldError("count", f"must be 0 to {MAX_COUNT}, not {request.count}")
        written = self.followed.live.tenant(request.tenant_id).history.get(component.text, ())
        latest = written[::-1][: request.count or DEFAULT_COUNT]
        return pb.ConfigHistoryResponse(versions=[_told(change) for change in latest])

    async def RollbackConfig(  # noqa: N802
        self, request: pb.RollbackConfigRequest, context: Any
    ) -> pb.SetConfigResponse:
        """Write an earlier version again; raise UnknownVersionError, or as SetConfig does."""
        component = Component.parse(request.component)
        _check_told(request)
        if request.version < 0:
            raise InvalidFieldError("version", f"must be 0 or more, not {request.version}")
        await self._catch_up(await asyncio.to_thread(self.followed.end))
        written = self.followed.live.tenant(request.tenant_id).history.get(component.text, ())
        json = next((change.json for change in written if change.version == request.version), None)
        if request.version == 0:
            json = "{}"
        if json is None:
            raise UnknownVersionError(
                f"{component.text} of tenant {request.tenant_id} has no version {request.version}; "
                "`tideline config history` shows those that it had"
            )
        return await self._set(_Wish(request.tenant_id, component, json, request.changed_by, request.reason))

    async def _set(self, wish: _Wish) -> pb.SetConfigResponse:
        """Write the change as the next version; where another server was faster, as the one after its."""
        async with self.turn:
            await self._catch_up(await asyncio.to_thread(self.followed.end))
            for _ in range(_TRIES):
                before = self.followed.live.tenant(wish.tenant)
                found = newest(before.history, wish.component.text)
                if wish.expected not in (None, found):
                    raise _conflict(wish, found)
                change = await asyncio.to_thread(self._checked, before, wish, found + 1)
                origin = await self.producer.deliver(parcel(change, self.codecs))
                await self._catch_up({Partition(origin.topic, origin.partition): origin.offset + 1})
                if change in self.followed.live.tenant(wish.tenant).history[change.component]:
                    return pb.SetConfigResponse(version=change.version, position=log_position(origin))
            raise _conflict(wish, found + 1)

    def _checked(self, before: TenantConfig, wish: _Wish, version: int) -> ConfigChange:
        """Return the change; raise InvalidFieldError, with the path of a wrong value, if it could not be used."""
        text = wish.component.text
        change = ConfigChange(
            event_id=str(uuid7()),
            tenant_id=wish.tenant,
            component=text,
            version=version,
            json=wish.json,
            changed_at=self.clock(),
            changed_by=wish.changed_by,
            reason=wish.reason,
        )
        if text not in before.history and len(before.history) >= MAX_COMPONENTS:
            raise InvalidFieldError("component", f"is one more than the {MAX_COMPONENTS} that a tenant may have")
        history = {**before.history, text: (*before.history.get(text, ()), change)}
        after = assemble(self.followed.live.file, wish.tenant, history)
        if text in after.refused:
            raise _field(after.refused[text].error)
        for other, stands in before.in_force.items():
            if other != text and other in after.refused and after.in_force.get(other) != stands:
                error = after.refused[other].error
                raise InvalidFieldError(PATH, f"does not go together with {other}, which lies on it: {error}")
        return change

    async def _catch_up(self, places: dict[Partition, int]) -> None:
        """Return when the log was followed so far; the call's deadline ends the wait."""
        while not self.followed.reached(places):  # noqa: ASYNC110  # which a thread without an event loop brings about
            await asyncio.sleep(_LOOK_EVERY_S)

    def _in_force(self, tenant: TenantConfig, component: Component) -> pb.Config:
        change = tenant.in_force.get(component.text)
        if change is not None:
            return _told(change)
        table = own_table(self.followed.live.file, tenant.tenant, component)
        return pb.Config(component=component.text, json=orjson.dumps(table).decode())


def _told(change: ConfigChange) -> pb.Config:
    return pb.Config(
        component=change.component,
        json=change.json,
        version=change.version,
        changed_by=change.changed_by,
        changed_at_ms=change.changed_at,
        reason=change.reason,
    )


def _effective(tenant: TenantConfig, component: Component) -> str:
    """Return all of what follows: of an experiment what its arms are, with the part of the users that each has."""
    if component.kind != EXPERIMENT:
        return tenant.of(component.name).model_dump_json()
    found = tenant.experiment(component.name)
    if found is None:
        return "{}"
    design: Mapping[str, Any] = found.design.model_dump(mode="json")
    return orjson.dumps({**design, "salt": found.salt, "shares": found.shares}).decode()


def _check_told(request: pb.SetConfigRequest | pb.RollbackConfigRequest) -> None:
    for name, most in (("changed_by", MAX_BY_BYTES), ("reason", MAX_REASON_BYTES)):
        text = getattr(request, name)
        check_text(text, name, most)
        check_bytes(text, name, most)


def _field(error: InvalidConfigError) -> InvalidFieldError:
    return InvalidFieldError(error.path, error.why)


def _conflict(wish: _Wish, found: int) -> VersionConflictError:
    return VersionConflictError(
        f"{wish.component.text} of tenant {wish.tenant} has version {found}"
        + (f", not {wish.expected}" if wish.expected is not None else ", and others go on changing it")
        + "; read it again, and decide anew"
    )
