"""For every method of the roster: without a good key of the request's own tenant nothing reaches it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from serving.security.caller import ADMIN, FOR_OPERATORS
from tests.serving.guarded import KEYS, OTHER, OWN, Guarded, bearer, guarded
from tests.serving.roster_methods import METHODS, Method
from tests.serving.serving import refusal_of

every_method = pytest.mark.parametrize("method", METHODS, ids=str)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Guarded]:
    async with guarded() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_reached(server: Guarded) -> None:
    for recorder in server.recorders.values():
        recorder.reached.clear()


async def code_of(server: Guarded, method: Method, tenant: str, metadata: object) -> grpc.StatusCode:
    refusal = await refusal_of(method.call(server.channel, method.request(tenant), metadata))
    return refusal.code


@every_method
@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", ""),),
        (("authorization", KEYS["own"]),),
        (("authorization", "Bearer wrong"),),
        (("authorization", "Bearer a.b.c"),),
        bearer("old"),
        (*bearer("own"), *bearer("other")),
        (*bearer("own"), *bearer("own")),
        (("x-authorization", f"Bearer {KEYS['own']}"),),
    ],
    ids=["none", "empty", "no scheme", "wrong", "a token", "ended", "two", "twice", "elsewhere"],
)
async def test_without_a_good_key_nobody_is_let_in(server: Guarded, method: Method, metadata: object) -> None:
    before = server.refused("unauthenticated")
    assert await code_of(server, method, OWN, metadata) is grpc.StatusCode.UNAUTHENTICATED
    assert server.reached == []
    assert server.refused("unauthenticated") == before + 1


@every_method
async def test_a_tenants_key_does_nothing_for_another(server: Guarded, method: Method) -> None:
    for key, tenant in (("own", OTHER), ("other", OWN), ("own", "nobody-at-all")):
        assert await code_of(server, method, tenant, bearer(key)) is grpc.StatusCode.PERMISSION_DENIED
    assert server.reached == []


@every_method
async def test_a_key_that_is_good_is_not_yet_a_tenant(server: Guarded, method: Method) -> None:
    if not method.names_a_tenant:
        assert await code_of(server, method, "", bearer("own")) is grpc.StatusCode.PERMISSION_DENIED
    else:
        for tenant in ("", OWN.upper(), f"{OWN} ", f"{OWN}/u", "x" * 64):
            refusal = await refusal_of(method.call(server.channel, method.request(tenant), bearer("own")))
            assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["tenant_id"])
    assert server.reached == []


@every_method
async def test_a_tenants_own_key_is_let_in_where_no_operator_is_asked_for(server: Guarded, method: Method) -> None:
    call = method.call(server.channel, method.request(OWN), bearer("own"))
    if method.path in FOR_OPERATORS:
        assert (await refusal_of(call)).code is grpc.StatusCode.PERMISSION_DENIED
        assert server.reached == []
    else:
        await call
        assert server.reached == [method.descriptor.name]


@every_method
async def test_an_operator_administers_and_sees_nobodys_data(server: Guarded, method: Method) -> None:
    call = method.call(server.channel, method.request(OWN), bearer("operator"))
    if method.path.startswith(ADMIN):
        await call
        assert server.reached == [method.descriptor.name]
    else:
        assert (await refusal_of(call)).code is grpc.StatusCode.PERMISSION_DENIED
        assert server.reached == []


async def test_health_and_reflection_ask_for_no_key(server: Guarded) -> None:
    answer = await health_pb2_grpc.HealthStub(server.channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status in (health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING)
    stub = reflection_pb2_grpc.ServerReflectionStub(server.channel)
    async for listed in stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")])):
        assert listed.list_services_response.service


async def test_keys_are_neither_logged_nor_told(server: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    method = METHODS[0]
    for key, tenant in (("own", OTHER), ("old", OWN), ("operator", OTHER)):
        refusal = await refusal_of(method.call(server.channel, method.request(tenant), bearer(key)))
        assert KEYS[key] not in refusal.text
    wrong = (("authorization", "Bearer tide_wrong"),)
    assert "tide_wrong" not in (await refusal_of(method.call(server.channel, method.request(OWN), wrong))).text
    assert "tide_" not in caplog.text
