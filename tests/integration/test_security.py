"""Keys on the real stack: a tenant is created, calls with its key, and rotates it under load without a failed call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import orjson
import pytest
from pydantic import SecretStr

from deploy.local.ports import free_ports
from serving.api.recommender.v1 import behavior_pb2, behavior_pb2_grpc
from serving.credentials import ClientSettings, aio_channel_to
from serving.security.keyring import key_hash, new_key
from tests.integration.conftest import Platform, Tideline
from tests.integration.test_serving import until_serving
from tests.serving.authority import Authority
from topics.catalog import BEHAVIOR

pytestmark = pytest.mark.integration

OPERATORS = new_key()


@dataclass
class Secured:
    """Two servers over TLS that ask for keys, and the command line of an operator."""

    platform: Platform
    ports: list[int]
    authority: Authority
    operator: Tideline
    made: list[str] = field(default_factory=list)

    async def tenants(self, *arguments: str, server: int = 0) -> str:
        """Run `tideline tenants`; return what it prints last."""
        command = ("tenants", *arguments, "--port", str(self.ports[server]))
        done = await asyncio.to_thread(self.operator.run, *command)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    def client(self, key: str) -> ClientSettings:
        return ClientSettings(ca=self.authority.path, key=SecretStr(key))


@pytest.fixture(scope="module")
async def secured(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    folder = tmp_path_factory.mktemp("security")
    authority, ports = Authority(folder), free_ports(2)
    tls = authority.server()
    settings = {
        "TIDELINE_AUTH_ENABLED": "true",
        "TIDELINE_AUTH_OPERATOR_KEY_SHA256": key_hash(OPERATORS),
        "TIDELINE_TLS_CERTIFICATE": str(tls.certificate),
        "TIDELINE_TLS_PRIVATE_KEY": str(tls.private_key),
    }
    asking = {"TIDELINE_KEY": OPERATORS, "TIDELINE_CLIENT_CA": str(authority.path)}
    operator = Tideline({**platform.tideline.environment, **asking}, folder)

    def serve(number: int) -> tuple[str, ...]:
        views = str(folder / f"views{number}")
        return ("serve", "--host", "0.0.0.0", "--port", str(ports[number]), "--state-dir", views)

    async with (
        platform.tideline.start("secured-0", *serve(0), **settings),
        platform.tideline.start("secured-1", *serve(1), **settings),
    ):
        for port in ports:
            async with aio_channel_to(f"127.0.0.1:{port}", ClientSettings(ca=authority.path)) as channel:
                await until_serving(channel)
        yield Secured(platform, ports, authority, operator)


def event(tenant: str, number: int = 0) -> behavior_pb2.TrackEventRequest:
    made = behavior_pb2.BehaviorEvent(user_id=f"u{number}", item_id="i", action="click")
    return behavior_pb2.TrackEventRequest(tenant_id=tenant, event=made)


async def code(secured: Secured, key: str, tenant: str, server: int = 0) -> str:
    async with aio_channel_to(f"127.0.0.1:{secured.ports[server]}", secured.client(key)) as channel:
        stub = behavior_pb2_grpc.BehaviorServiceStub(channel)
        try:
            await stub.TrackEvent(event(tenant), timeout=10, metadata=secured.client(key).metadata)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
    return "OK"


async def until_code(secured: Secured, wanted: str, key: str, tenant: str, server: int) -> None:
    """Return when a server answers so; it follows within a second, and is given more on a busy machine."""
    async with asyncio.timeout(30):
        while await code(secured, key, tenant, server) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def written(platform: Platform, tenant: str) -> int:
    return sum((record.key() or b"").startswith(f"{tenant}/".encode()) for record in platform.records(BEHAVIOR))


async def test_a_key_is_good_on_every_server_for_its_tenant_alone(secured: Secured) -> None:
    key = await secured.tenants("create", "guarded", "--title", "Guarded")
    other = await secured.tenants("create", "other", server=1)
    assert await code(secured, key, "guarded") == "OK", "at once where it was made"
    await until_code(secured, "OK", key, "guarded", 1)
    await until_code(secured, "OK", other, "other", 0)
    before = await asyncio.to_thread(written, secured.platform, "guarded")
    assert await code(secured, other, "guarded") == "PERMISSION_DENIED"
    assert await code(secured, OPERATORS, "guarded") == "PERMISSION_DENIED"
    assert await code(secured, new_key(), "guarded") == "UNAUTHENTICATED"
    assert await asyncio.to_thread(written, secured.platform, "guarded") == before
    listed = orjson.loads(await secured.tenants("list", "--json"))["tenants"]
    assert {"guarded", "other"} <= {each["tenant_id"] for each in listed}


async def test_a_key_rotates_under_load_without_a_failed_call(secured: Secured) -> None:
    key, done, calls = await secured.tenants("create", "rotating"), asyncio.Event(), 0
    using = [key]
    await until_code(secured, "OK", key, "rotating", 1)

    async def load(server: int) -> None:
        nonlocal calls
        async with aio_channel_to(f"127.0.0.1:{secured.ports[server]}", secured.client(key)) as channel:
            stub = behavior_pb2_grpc.BehaviorServiceStub(channel)
            while not done.is_set():
                await stub.TrackEvent(
                    event("rotating", calls), timeout=10, metadata=secured.client(using[-1]).metadata
                )
                calls += 1

    async with asyncio.TaskGroup() as group:
        for server in (0, 1):
            group.create_task(load(server))
        for server in (0, 1):
            new = await secured.tenants("rotate", "rotating", "--grace-s", "120", server=server)
            for each in (0, 1):  # clients take the new key when every server knows it
                await until_code(secured, "OK", new, "rotating", each)
            using.append(new)
            await asyncio.sleep(0.5)
        done.set()
    assert calls > 20
    last = await secured.tenants("rotate", "rotating", "--grace-s", "0")
    for server in (0, 1):
        await until_code(secured, "UNAUTHENTICATED", key, "rotating", server)
        await until_code(secured, "OK", last, "rotating", server)


async def test_keys_stand_in_no_log_and_in_no_record(secured: Secured, tmp_path: Path) -> None:
    key = await secured.tenants("create", "quiet")
    await until_code(secured, "OK", key, "quiet", 1)
    logs = "".join(path.read_text() for path in secured.platform.tideline.folder.glob("secured-*.log"))
    assert "serving gRPC" in logs
    for secret in (key, OPERATORS):
        assert secret not in logs
