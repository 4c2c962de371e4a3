"""Tenants are created once, their keys rotate without a gap, and bad requests write nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from schemas.tenant_records import TenantChange
from serving.admin.tenants import DEFAULT_GRACE_S, MAX_GRACE_S, MAX_KEYS, TenantAdmin
from serving.api.recommender.v1 import admin_pb2 as pb
from serving.api.recommender.v1.admin_pb2_grpc import AdminServiceStub
from serving.errors import AlreadyExistsError, TooManyKeysError, UnknownTenantError
from serving.interceptors.errors import status_of
from serving.security.keyring import key_hash
from tests.serving.fakes import NOW, FixedWorld, catalogue_of
from tests.serving.serving import refusal_of, served
from tests.serving.tenant_log import TenantLog
from topics.errors import DeliveryError


@pytest.fixture
def log() -> TenantLog:
    return TenantLog()


@pytest.fixture
def admin(log: TenantLog) -> TenantAdmin:
    return log.admin()


async def create(admin: TenantAdmin, tenant: str, title: str = "") -> str:
    made = await admin.CreateTenant(pb.CreateTenantRequest(tenant_id=tenant, title=title), None)
    return str(made.key)


async def rotate(admin: TenantAdmin, tenant: str, grace_s: int | None = None) -> pb.RotateKeyResponse:
    return await admin.RotateKey(pb.RotateKeyRequest(tenant_id=tenant, grace_s=grace_s), None)


async def test_a_tenant_and_its_key_are_one_event_without_the_key(admin: TenantAdmin, log: TenantLog) -> None:
    made = await admin.CreateTenant(pb.CreateTenantRequest(tenant_id="acme", title="Acme"), None)
    (change,) = log.written
    assert (change.change, change.title, change.changed_at, change.key_hash) == (
        "created",
        "Acme",
        NOW,
        key_hash(made.key),
    )
    assert made.key not in str(change)
    assert (made.position.topic, made.position.offset) == ("tenant.change.v1", 0)
    assert log.keyring.tenant(made.key, NOW) == "acme", "it is good here as soon as it is written"


async def test_tenants_are_listed_with_the_keys_that_are_good_now(admin: TenantAdmin, log: TenantLog) -> None:
    await create(admin, "globex")
    await create(admin, "acme", "Acme")
    await rotate(admin, "acme", 10)
    for passed_s, keys in ((9, 2), (10, 1)):
        log.now = NOW + passed_s * 1000
        listed = (await admin.ListTenants(pb.ListTenantsRequest(), None)).tenants
        assert [(each.tenant_id, each.title, each.created_at_ms, each.keys) for each in listed] == [
            ("acme", "Acme", NOW, keys),
            ("globex", "", NOW, 1),
        ]


async def test_a_tenant_is_created_once(admin: TenantAdmin, log: TenantLog) -> None:
    await create(admin, "acme")
    with pytest.raises(AlreadyExistsError):
        await create(admin, "acme")
    assert len(log.written) == 1


async def test_of_two_that_create_it_at_once_the_log_chooses_one(admin: TenantAdmin, log: TenantLog) -> None:
    log.before_write = [TenantChange("other", "acme", "created", NOW + 5, "k", "0" * 64)]
    with pytest.raises(AlreadyExistsError):
        await create(admin, "acme")
    later = TenantLog()
    await create(later.admin(), "acme")
    later.written.append(TenantChange("other", "acme", "created", NOW - 5, "k", "0" * 64))
    assert await later.admin()._first_of("acme") == later.written[0].event_id


async def test_the_keys_before_stay_good_for_the_grace(admin: TenantAdmin, log: TenantLog) -> None:
    old = await create(admin, "acme")
    told = await rotate(admin, "acme", 60)
    assert told.others_end_at_ms == NOW + 60_000
    assert [log.keyring.tenant(old, NOW + ms) for ms in (0, 59_999, 60_000)] == ["acme", "acme", None]
    assert log.keyring.tenant(told.key, NOW + 10**12) == "acme"
    again = await rotate(admin, "acme")
    assert again.others_end_at_ms == NOW + DEFAULT_GRACE_S * 1000
    assert log.keyring.tenant(old, NOW + 60_000) is None, "a later rotation gives no longer grace"


async def test_without_grace_all_keys_before_end_at_once(admin: TenantAdmin, log: TenantLog) -> None:
    keys = [await create(admin, "acme"), *[(await rotate(admin, "acme", 100)).key for _ in range(3)]]
    last = (await rotate(admin, "acme", 0)).key
    assert [log.keyring.tenant(key, NOW) for key in [*keys, last]] == [None] * 4 + ["acme"]


@given(st.lists(st.tuples(st.sampled_from(["acme", "globex"]), st.integers(0, 100), st.integers(0, 200)), max_size=8))
async def test_there_is_always_a_good_key_and_no_tenant_ends_anothers(steps: list[tuple[str, int, int]]) -> None:
    log = TenantLog()
    admin = log.admin()
    newest = {tenant: await create(admin, tenant) for tenant in ("acme", "globex")}
    for tenant, grace_s, passed_s in steps:
        log.now += passed_s * 1000
        before = newest[tenant]
        told = await rotate(admin, tenant, grace_s)
        newest[tenant] = told.key
        if grace_s:
            assert log.keyring.tenant(before, told.others_end_at_ms - 1) == tenant
        assert log.keyring.tenant(before, told.others_end_at_ms) is None
        for own, key in newest.items():
            assert log.keyring.tenant(key, log.now + 10**12) == own


async def test_keys_do_not_pile_up(admin: TenantAdmin, log: TenantLog) -> None:
    await create(admin, "acme")
    for _ in range(MAX_KEYS - 1):
        await rotate(admin, "acme")
    with pytest.raises(TooManyKeysError, match="no grace"):
        await rotate(admin, "acme")
    assert len(log.written) == MAX_KEYS
    await rotate(admin, "acme", 0)
    await rotate(admin, "acme")


async def test_a_tenant_that_is_not_there_has_no_keys(admin: TenantAdmin, log: TenantLog) -> None:
    with pytest.raises(UnknownTenantError, match="tideline tenants create"):
        await rotate(admin, "nobody")
    assert log.written == []


CREATE: Callable[..., Message] = pb.CreateTenantRequest
ROTATE: Callable[..., Message] = pb.RotateKeyRequest


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (CREATE(), "tenant_id"),
        (CREATE(tenant_id="Not A Tenant"), "tenant_id"),
        (CREATE(tenant_id="x" * 64), "tenant_id"),
        (CREATE(tenant_id="new", title="x" * 257), "title"),
        (CREATE(tenant_id="new", title="ä" * 129), "title"),
        (CREATE(tenant_id="new", title="a\x00b"), "title"),
        (ROTATE(), "tenant_id"),
        (ROTATE(tenant_id="acme", grace_s=-1), "grace_s"),
        (ROTATE(tenant_id="acme", grace_s=MAX_GRACE_S + 1), "grace_s"),
        (ROTATE(tenant_id="acme", grace_s=2**63 - 1), "grace_s"),
    ],
)
async def test_a_refusal_names_the_field_and_writes_nothing(request_: Message, field: str) -> None:
    log = TenantLog()
    await create(log.admin(), "acme")
    async with served(FixedWorld(catalogue_of([True])), tenants=log) as running:
        stub: Any = AdminServiceStub(running.channel)
        method = stub.CreateTenant if isinstance(request_, pb.CreateTenantRequest) else stub.RotateKey
        refusal = await refusal_of(method(request_))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert len(log.written) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AlreadyExistsError(""), grpc.StatusCode.ALREADY_EXISTS),
        (TooManyKeysError(""), grpc.StatusCode.FAILED_PRECONDITION),
        (UnknownTenantError(""), grpc.StatusCode.NOT_FOUND),
    ],
)
def test_each_refusal_has_its_status(error: Exception, code: grpc.StatusCode) -> None:
    assert status_of(error) is code


async def test_what_the_brokers_did_not_take_gives_no_key(admin: TenantAdmin, log: TenantLog) -> None:
    log.error = DeliveryError("away")
    with pytest.raises(DeliveryError):
        await create(admin, "acme")
    assert (log.written, log.keyring.tenant("any", 0)) == ([], None)
