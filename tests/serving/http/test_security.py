"""The HTTP entry passes keys on, and answers as the server does: 401, 403, 429 with when to try again."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from serving.http.app import make_app
from serving.http.tls import seal
from serving.security.certificates import SAN_PREFIX, server_certificates
from serving.security.limits import Limits, Rate
from tests.serving.authority import Authority
from tests.serving.guarded import KEYS, OWN, Guarded, guarded

NO_LIMITS = Limits(None, 1_000)
RECOMMEND = "/api/v1/recommendations/v2"
ROUTES = [
    ("POST", RECOMMEND, {"tenant_id": OWN, "user_id": "u"}),
    (
        "POST",
        "/api/v1/events",
        {"tenant_id": OWN, "event": {"user_id": "u", "item_id": "i", "action": "like"}},
    ),
    ("POST", "/api/v1/events/batch", {"tenant_id": OWN, "events": []}),
    ("GET", f"/api/v1/users/u/profile?tenant_id={OWN}", None),
    ("PATCH", "/api/v1/users/u/profile", {"tenant_id": OWN}),
    ("GET", f"/api/v1/users/u/features?tenant_id={OWN}", None),
]


@asynccontextmanager
async def entry(limits: Limits = NO_LIMITS) -> AsyncIterator[tuple[Guarded, httpx.AsyncClient]]:
    async with guarded(limits) as server:
        app = make_app(f"127.0.0.1:{server.port}", timeout_s=5)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            yield server, client


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[key]}"}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_every_route_asks_for_a_key_of_the_tenant(method: str, path: str, body: object) -> None:
    async with entry() as (server, client):
        for sent, status, name in (
            ({}, 401, "UNAUTHENTICATED"),
            ({"Authorization": "Bearer wrong"}, 401, "UNAUTHENTICATED"),
            (headers("old"), 401, "UNAUTHENTICATED"),
            (headers("other"), 403, "PERMISSION_DENIED"),
            (headers("operator"), 403, "PERMISSION_DENIED"),
        ):
            answer = await client.request(method, path, json=body, headers=sent)
            assert (answer.status_code, answer.json()["error"]["status"]) == (status, name)
            assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)
            assert "tide_" not in answer.text
        assert server.reached == []
        answer = await client.request(method, path, json=body, headers=headers("own"))
        assert answer.status_code == 200, answer.text
        assert len(server.reached) == 1


async def test_health_and_the_page_ask_for_no_key() -> None:
    async with entry() as (_, client):
        assert (await client.get("/health")).status_code in (200, 503)
        assert (await client.get("/docs")).status_code == 200


@pytest.mark.parametrize("value", ["Bearer tide_\xe9".encode("latin-1"), b"Bearer \x01tide_own", b"\xff"])
async def test_what_grpc_does_not_carry_is_no_key_and_is_not_logged(
    value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with entry() as (server, client):
        sent = [(b"authorization", value), (b"x-request-id", value)]
        answer = await client.post(RECOMMEND, json=ROUTES[0][2], headers=sent)
        assert (answer.status_code, server.reached) == (401, [])
    assert "tide_" not in caplog.text


async def test_two_keys_are_none() -> None:
    async with entry() as (server, client):
        both = [("Authorization", f"Bearer {KEYS[key]}") for key in ("own", "other")]
        answer = await client.post(RECOMMEND, json=ROUTES[0][2], headers=both)
        assert (answer.status_code, server.reached) == (401, [])


async def test_too_many_requests_are_told_when_to_come_back() -> None:
    async with entry(Limits(Rate.of(0.01, 1), 10)) as (_, client):
        answers = [await client.post(RECOMMEND, json=ROUTES[0][2], headers=headers("own")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["Retry-After"] == "100"
    assert answers[1].json()["error"]["fields"] == []


async def test_nobody_is_let_in_by_the_entrys_own_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificates = server_certificates(authority.server(client_ca=authority.path))
    async with guarded(certificates=certificates, certificate_tenant="san") as server:
        own = authority.client(f"{SAN_PREFIX}{OWN}", key=KEYS["own"])
        app = make_app(f"127.0.0.1:{server.port}", 5, own)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            assert (await client.post(RECOMMEND, json=ROUTES[0][2])).status_code == 401
            assert (await client.post(RECOMMEND, json=ROUTES[0][2], headers=headers("own"))).status_code == 200


@asynccontextmanager
async def listening(folder: Path, authority: Authority, client_ca: Path | None = None) -> AsyncIterator[int]:
    """Serve the app over TLS, in front of a server that is not there."""
    config = uvicorn.Config(make_app("127.0.0.1:1", 1), port=0, log_level="warning")
    seal(config, authority.server(client_ca=client_ca))
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def test_the_entry_speaks_tls_and_shows_a_renewed_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority.path))
    async with listening(tmp_path, authority) as port:

        async def shown() -> bytes:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
            certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.close()
            return certificate

        before = await shown()
        assert await shown() == before
        authority.server()
        assert await shown() != before
        async with httpx.AsyncClient(verify=trusting) as client:
            assert (await client.get(f"https://127.0.0.1:{port}/health")).status_code == 503


async def test_with_mutual_tls_a_certificate_is_asked_for(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with listening(tmp_path, authority, authority.path) as port:
        trusting = ssl.create_default_context(cafile=str(authority.path))
        url = f"https://127.0.0.1:{port}/health"
        async with httpx.AsyncClient(verify=trusting) as client:
            with pytest.raises(httpx.TransportError):
                await client.get(url)
        trusting.load_cert_chain(*authority.sign("client", "app.example"))
        async with httpx.AsyncClient(verify=trusting) as client:
            assert (await client.get(url)).status_code == 503
