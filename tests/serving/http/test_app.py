"""The HTTP entry says what the gRPC services say, in JSON: answers, refusals, and which field is to blame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from serving.http.app import make_app
from tests.serving.fakes import NOW, TENANT, FakeChannel, FixedChannel, FixedWorld, catalogue_of
from tests.serving.serving import MemoryProducer, served
from topics.errors import DeliveryError

RECOMMEND = "/api/v1/recommendations/v2"
ASKED = {"tenant_id": TENANT, "user_id": "u", "count": 2}
EVENT = {"user_id": "u", "item_id": "item-1", "action": "like", "event_id": "e1", "event_time_ms": NOW}


@asynccontextmanager
async def entry(
    channels: Mapping[str, FakeChannel] | None = None, producer: MemoryProducer | None = None, ready: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    world = FixedWorld(catalogue_of([True] * 3), ready=ready)
    async with served(world, channels, producer) as running:
        app = make_app(f"127.0.0.1:{running.server.port}", timeout_s=5)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            yield client


async def test_a_list_is_answered_as_over_grpc() -> None:
    async with entry({"hot": FixedChannel("hot", [2, 1])}) as client:
        answer = await client.post(RECOMMEND, json={**ASKED, "debug": True}, headers={"x-request-id": "mine"})
    assert answer.status_code == 200
    told = answer.json()
    assert [item["item_id"] for item in told["items"]] == ["item-2", "item-1"]
    assert told["request_id"] == "mine"
    assert told["degraded"] is False
    assert [stage["name"] for stage in told["stages"]][:3] == ["gate", "refreshed", "recall"]


async def test_a_second_page_goes_on_behind_the_first() -> None:
    async with entry({"hot": FixedChannel("hot", [2, 1])}) as client:
        first = await client.post(RECOMMEND, json={**ASKED, "count": 1})
        second = await client.post(
            RECOMMEND, json={**ASKED, "count": 1, "page_token": first.json()["next_page_token"]}
        )
        changed = await client.post(RECOMMEND, json={**ASKED, "page_token": "x"})
    assert [answer.json()["items"][0]["item_id"] for answer in (first, second)] == ["item-2", "item-1"]
    assert (changed.status_code, changed.json()["error"]["fields"]) == (400, ["page_token"])


async def test_events_are_written() -> None:
    producer = MemoryProducer()
    async with entry(producer=producer) as client:
        one = await client.post("/api/v1/events", json={"tenant_id": TENANT, "event": EVENT})
        two = await client.post(
            "/api/v1/events/batch", json={"tenant_id": TENANT, "events": [{**EVENT, "event_id": "e2", "value": 2.5}]}
        )
    assert (one.status_code, two.status_code) == (200, 200)
    assert one.json()["event"]["position"]["topic"] == "behavior.event.v1"
    assert [(event.event_id, event.value) for event in producer.sent] == [("e1", None), ("e2", 2.5)]


@pytest.mark.parametrize(
    ("path", "body", "status", "fields"),
    [
        (RECOMMEND, {**ASKED, "count": 0}, 400, ["count"]),
        (RECOMMEND, {**ASKED, "count": 100_000}, 400, ["count"]),
        (RECOMMEND, {**ASKED, "count": "many"}, 400, ["count"]),
        (RECOMMEND, {**ASKED, "count": 2**40}, 400, ["body"]),
        (RECOMMEND, {**ASKED, "user_id": ""}, 400, ["user_id"]),
        (RECOMMEND, {**ASKED, "tenant_id": "NOT A TENANT"}, 400, ["tenant_id"]),
        (RECOMMEND, {**ASKED, "unheard_of": 1}, 400, ["unheard_of"]),
        (RECOMMEND, {"user_id": "u"}, 400, ["tenant_id"]),
        (RECOMMEND, {**ASKED, "tenant_id": "stranger"}, 404, []),
        ("/api/v1/events", {"tenant_id": TENANT, "event": {**EVENT, "action": "teleport"}}, 400, ["event.action"]),
        ("/api/v1/events", {"tenant_id": TENANT}, 400, ["event"]),
        ("/api/v1/events/batch", {"tenant_id": TENANT, "events": []}, 400, ["events"]),
        (
            "/api/v1/events/batch",
            {"tenant_id": TENANT, "events": [EVENT, {**EVENT, "user_id": ""}]},
            400,
            ["events[1].user_id"],
        ),
    ],
)
async def test_a_refusal_names_the_field_and_writes_nothing(
    path: str, body: dict[str, Any], status: int, fields: list[str]
) -> None:
    producer = MemoryProducer()
    async with entry(producer=producer) as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["fields"] == fields
    assert error["message"]
    assert not producer.sent


async def test_a_profile_is_read_and_changed() -> None:
    producer, path = MemoryProducer(), "/api/v1/users/an%20id/profile"
    async with entry(producer=producer) as client:
        empty = await client.get(path, params={"tenant_id": TENANT})
        changed = await client.patch(path, json={"tenant_id": TENANT, "attributes": {"city": "Oslo"}})
        other = await client.patch(path, json={"tenant_id": TENANT, "erase": True, "expected_version": 7})
        lately = await client.get("/api/v1/users/u/features", params={"tenant_id": TENANT})
        strange = await client.get(path, params={"tenant_id": "stranger"})
        nobody = await client.get(path)
    assert (empty.json()["user_id"], empty.json()["version"]) == ("an id", "0")
    assert changed.json()["position"]["topic"] == "user.change.v1"
    assert [(each.user_id, each.attributes) for each in producer.changes] == [("an id", {"city": "Oslo"})]
    assert (other.status_code, other.json()["error"]["status"]) == (409, "ABORTED")
    assert lately.json()["recent"] == []
    assert (strange.status_code, nobody.status_code) == (404, 400)
    assert nobody.json()["error"]["fields"] == ["tenant_id"]


async def test_what_is_no_json_is_refused() -> None:
    async with entry() as client:
        answer = await client.post(RECOMMEND, content=b"{not json", headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


async def test_a_broker_that_is_away_is_503() -> None:
    async with entry(producer=MemoryProducer(error=DeliveryError("the brokers are away"))) as client:
        answer = await client.post("/api/v1/events", json={"tenant_id": TENANT, "event": EVENT})
    assert answer.status_code == 503
    assert "the brokers are away" in answer.json()["error"]["message"]


async def test_a_server_that_is_not_there_is_503() -> None:
    app = make_app("127.0.0.1:1", timeout_s=2)
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.post(RECOMMEND, json=ASKED)).status_code == 503
        assert (await client.get("/health")).status_code == 503


@pytest.mark.parametrize("ready", [True, False])
async def test_health_is_that_of_the_server_behind(ready: bool) -> None:
    async with entry(ready=ready) as client:
        answer = await client.get("/health")
        for _ in range(100):  # health is told a tenth of a second after the start
            if (answer.status_code == 200) == ready:
                break
            answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == ((200, {"ready": True}) if ready else (503, {"ready": False}))


async def test_the_openapi_page_has_every_route_and_its_refusals() -> None:
    async with entry() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        assert (await client.get("/docs")).status_code == 200
    users = {"/api/v1/users/{user_id}/profile", "/api/v1/users/{user_id}/features"}
    items = {"/api/v1/items", "/api/v1/items/batch", "/api/v1/items/{item_id}", "/api/v1/items/{item_id}/stats"}
    assert set(paths) == {RECOMMEND, "/api/v1/events", "/api/v1/events/batch", "/health"} | users | items
    assert set(paths["/api/v1/items/{item_id}"]) == {"get", "patch", "delete"}
    assert {"200", "400", "404", "409", "429", "503", "504"} <= set(paths["/api/v1/items"]["post"]["responses"])
    assert {"200", "400", "404", "429", "503", "504"} <= set(paths[RECOMMEND]["post"]["responses"])


async def test_a_body_that_is_too_large_is_refused_and_nothing_is_written() -> None:
    producer = MemoryProducer()
    async with entry(producer=producer) as client:
        answer = await client.post("/api/v1/events", content=b" " * (4 << 20) + b"{}")
    assert (answer.status_code, answer.json()["error"]["status"]) == (413, "RESOURCE_EXHAUSTED")
    assert producer.sent == []
