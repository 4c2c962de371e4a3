"""Tenants and their keys: the part of AdminService that operators create them with, and tenants change their keys."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.tenant_records import TenantChange, TenantChangeKind
from schemas.text import check_text
from serving.admin.sizes import check_bytes
from serving.api.recommender.v1 import admin_pb2 as pb
from serving.api.recommender.v1.admin_pb2_grpc import AdminServiceServicer
from serving.behavior.service import Producer, log_position
from serving.errors import AlreadyExistsError, TooManyKeysError, UnknownTenantError
from serving.security.keyring import Keyring, key_hash, new_key
from topics.headers import Origin
from topics.tenants import Tenant, Tenants, tenants_of

MAX_TITLE_BYTES: Final = 256
MAX_GRACE_S: Final = 30 * 86_400
DEFAULT_GRACE_S: Final = 86_400
MAX_KEYS: Final = 32
"""Most keys of a tenant that are good at once; only rotating again and again within the grace comes near."""


@dataclass(frozen=True, slots=True)
class TenantAdmin(AdminServiceServicer):
    """Serves the methods of `recommender.v1.AdminService` on tenants; who may call them is decided before.

    Each reads the topic to its end, so that what another server has just written counts.
    """

    log: Tenants
    producer: Producer
    keyring: Keyring
    """This server's own keys, which know of a change as soon as it is written."""

    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def ListTenants(self, request: pb.ListTenantsRequest, context: Any) -> pb.ListTenantsResponse:  # noqa: N802
        """Return the tenants; raise what the log raises."""
        now = self.clock()
        tenants = [
            pb.Tenant(
                tenant_id=tenant.id,
                title=tenant.title,
                created_at_ms=tenant.created_at_ms,
                keys=len(tenant.good_keys(now)),
            )
            for tenant in (await self._tenants()).values()
        ]
        return pb.ListTenantsResponse(tenants=tenants)

    async def CreateTenant(self, request: pb.CreateTenantRequest, context: Any) -> pb.CreateTenantResponse:  # noqa: N802
        """Write the tenant and its first key; raise InvalidFieldError, AlreadyExistsError, or as the log does."""
        check_text(request.title, "title", MAX_TITLE_BYTES)
        check_bytes(request.title, "title", MAX_TITLE_BYTES)
        if request.tenant_id in await self._tenants():
            raise _exists(request.tenant_id)
        key = new_key()
        change = _change(request.tenant_id, TenantChangeKind.CREATED, key, self.clock(), title=request.title)
        origin = await self._write(change)
        # Two servers may both have found no such tenant. The log put one before the other, which alone was created:
        # nobody is told the other's key.
        if await self._first_of(request.tenant_id) != change.event_id:
            raise _exists(request.tenant_id)
        return pb.CreateTenantResponse(key=key, position=log_position(origin))

    async def RotateKey(self, request: pb.RotateKeyRequest, context: Any) -> pb.RotateKeyResponse:  # noqa: N802
        """Write a new key and the end of those before it, in one event: never the one without the other.

        Raises InvalidFieldError, UnknownTenantError or TooManyKeysError, or what the log raises.
        """
        grace = request.grace_s if request.HasField("grace_s") else DEFAULT_GRACE_S
        if not 0 <= grace <= MAX_GRACE_S:
            raise InvalidFieldError("grace_s", f"must be 0 to {MAX_GRACE_S}, not {grace}")
        tenant = (await self._tenants()).get(request.tenant_id)
        if tenant is None:
            raise UnknownTenantError(f"there is no tenant {request.tenant_id}; `tideline tenants create` makes one")
        now = self.clock()
        end = now + grace * 1000
        good = tenant.good_keys(now)
        if grace and len(good) >= MAX_KEYS:
            raise TooManyKeysError(
                f"tenant {tenant.id} has {len(good)} good keys, as many as it may; wait until some have ended, or "
                "rotate with no grace"
            )
        ended = [each.id for each in good if each.ends_at_ms is None or each.ends_at_ms > end]
        key = new_key()
        change = _change(tenant.id, TenantChangeKind.ROTATED, key, now, ended=ended, ended_at=end)
        origin = await self._write(change)
        return pb.RotateKeyResponse(key=key, others_end_at_ms=end, position=log_position(origin))

    async def _tenants(self) -> Mapping[str, Tenant]:
        return tenants_of(await asyncio.to_thread(self.log.all))

    async def _first_of(self, tenant: str) -> str:
        """Return the event that stands first among those that created the tenant."""
        changes = await asyncio.to_thread(self.log.all)
        created = (
            change.event_id
            for change in changes
            if change.tenant_id == tenant and change.change == TenantChangeKind.CREATED
        )
        return next(created, "")

    async def _write(self, change: TenantChange) -> Origin:
        origin = await self.producer.deliver(self.log.parcel(change))
        self.keyring.add([change])
        return origin


def _change(tenant: str, kind: TenantChangeKind, key: str, now_ms: int, **others: Any) -> TenantChange:
    return TenantChange(str(uuid7()), tenant, kind, now_ms, str(uuid7()), key_hash(key), **others)


def _exists(tenant: str) -> AlreadyExistsError:
    return AlreadyExistsError(f"there is a tenant {tenant} already; `tideline tenants rotate` gives it a new key")
