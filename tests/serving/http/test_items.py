"""Items over HTTP: the same answers and refusals as over gRPC, and nothing written by what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from schemas.packing import CELLS
from schemas.records import Item, ItemStats
from schemas.tenancy import TenantKey
from serving.http.app import make_app
from serving.settings import ServingSettings
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.serving import MemoryProducer, served
from topics.partitioning import partition_of

ITEMS = "/api/v1/items"
PLACE = partition_of(TenantKey(TENANT, "a tea").encode(), 4)
TEA = Item(title="Tea", tags=["hot"], status="active", publish_time=5, applied={str(PLACE): 41})
CUP = {"item_id": "cup", "title": "Cup"}


@asynccontextmanager
async def entry(producer: MemoryProducer | None = None) -> AsyncIterator[httpx.AsyncClient]:
    stats = ItemStats(hours=CELLS.pack([(NOW // 3_600_000, 2, 7)]), totals={"click": 7})
    world = FixedWorld(catalogue_of([True]), items={"a tea": TEA}, stats={("a tea", "home"): stats})
    async with served(world, producer=producer, settings=ServingSettings(port=0, longest_call_s=0.3)) as running:
        app = make_app(f"127.0.0.1:{running.server.port}", timeout_s=5)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            yield client


async def test_an_item_is_created_read_changed_and_deleted() -> None:
    producer, of_tenant = MemoryProducer(), {"tenant_id": TENANT}
    async with entry(producer) as client:
        created = await client.post(ITEMS, json={**of_tenant, "item": CUP, "event_id": "c-1"})
        read = await client.get(f"{ITEMS}/a%20tea", params=of_tenant)
        many = await client.post(f"{ITEMS}/batch", json={**of_tenant, "item_ids": ["a tea", "no"]})
        change = {"title": "", "tags": ["green"], "publish_time_ms": None}
        changed = await client.patch(f"{ITEMS}/a%20tea", json={**of_tenant, "item": change, "expected_version": 42})
        deleted = await client.delete(f"{ITEMS}/a%20tea", params={**of_tenant, "event_time_ms": 7, "event_id": "d-1"})
    assert (created.json()["event_id"], created.json()["position"]["topic"]) == ("c-1", "item.change.v1")
    assert (read.json()["title"], read.json()["tags"], read.json()["version"]) == ("Tea", ["hot"], "42")
    assert ([item["item_id"] for item in many.json()["items"]], many.json()["unknown_item_ids"]) == (["a tea"], ["no"])
    assert (changed.status_code, deleted.status_code) == (200, 200)
    first, second, third = producer.items
    assert (first.change, first.item_id, first.title, first.status) == ("create", "cup", "Cup", "active")
    assert (second.change, second.item_id, second.title, second.tags) == ("update", "a tea", "", ["green"])
    assert (second.publish_time, second.author, second.status) == (-1, None, None)
    assert (third.change, third.item_id, third.event_time, third.event_id) == ("delete", "a tea", 7, "d-1")


async def test_statistics_are_told() -> None:
    async with entry() as client:
        found = await client.get(f"{ITEMS}/a%20tea/stats", params={"tenant_id": TENANT, "scenario_id": "home"})
        earlier = await client.get(f"{ITEMS}/a%20tea/stats", params={"tenant_id": TENANT, "as_of_ms": NOW - 3_600_000})
    assert found.json()["last_hour"]["counts"] == found.json()["all_time"]["counts"] == {"click": "7"}
    assert earlier.json()["all_time"]["counts"] == {}


async def test_reads_can_be_as_new_as_a_write() -> None:
    held, later = (f"item.change.v1/{PLACE}/{offset}" for offset in (41, 42))
    async with entry() as client:
        answers = [
            await client.get(f"{ITEMS}/a%20tea", params={"tenant_id": TENANT, "at_least": at})
            for at in (
                [held, "user.change.v1/0/7"],
                [held, later],
                [held, "nowhere"],
                ["item.change.v1/0/" + "9" * 30],
            )
        ]
        listed = await client.post(
            "/api/v1/recommendations/v2",
            json={
                "tenant_id": TENANT,
                "user_id": "u",
                "count": 1,
                "at_least": [{"topic": "x", "partition": 0, "offset": 0}],
            },
        )
        many = await client.post(
            f"{ITEMS}/batch",
            json={
                "tenant_id": TENANT,
                "item_ids": ["a tea"],
                "at_least": [{"topic": "item.change.v1", "partition": PLACE, "offset": 41}],
            },
        )
        users = await client.get("/api/v1/users/u/profile", params={"tenant_id": TENANT, "at_least": "x.v1/0/0"})
    assert [answer.status_code for answer in answers] == [200, 504, 400, 400]
    assert later in answers[1].json()["error"]["message"]
    assert answers[2].json()["error"]["fields"] == ["at_least[1]"]
    assert (listed.status_code, listed.json()["error"]["fields"]) == (400, ["at_least[0].topic"])
    assert [item["item_id"] for item in many.json()["items"]] == ["a tea"]
    assert (users.status_code, users.json()["error"]["fields"]) == (400, ["at_least[0].topic"])


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "fields"),
    [
        ("POST", "", {"item": CUP}, 400, ["tenant_id"]),
        ("POST", "", {"tenant_id": TENANT}, 400, ["item"]),
        ("POST", "", {"tenant_id": "A", "item": CUP}, 400, ["tenant_id"]),
        ("POST", "", {"tenant_id": TENANT, "item": {"title": "x"}}, 400, ["item.item_id"]),
        ("POST", "", {"tenant_id": TENANT, "item": {**CUP, "title": "x" * 513}}, 400, ["item.title"]),
        ("POST", "", {"tenant_id": TENANT, "item": {**CUP, "version": 1}}, 400, ["item.version"]),
        ("POST", "", {"tenant_id": TENANT, "item": {**CUP, "publish_time_ms": 2**70}}, 400, ["body"]),
        ("POST", "", {"tenant_id": TENANT, "item": {**CUP, "item_id": "a tea"}}, 409, []),
        ("POST", "/batch", {"tenant_id": TENANT, "item_ids": []}, 400, ["item_ids"]),
        ("POST", "/batch", {"tenant_id": "other", "item_ids": ["a tea"]}, 404, []),
        ("PATCH", "/a%20tea", {"tenant_id": TENANT, "item": {}}, 400, ["update_mask"]),
        ("PATCH", "/a%20tea", {"tenant_id": TENANT, "item": {"status": "deleted"}}, 400, ["item.status"]),
        ("PATCH", "/a%20tea", {"tenant_id": TENANT, "item": {"tags": "hot"}}, 400, ["item.tags"]),
        ("PATCH", "/a%20tea", {"tenant_id": TENANT, "item": {"title": "x"}, "expected_version": 1}, 409, []),
        ("PATCH", "/never", {"tenant_id": TENANT, "item": {"title": "x"}}, 404, []),
        ("PATCH", "/a%20tea", {"tenant_id": "other", "item": {"title": "x"}}, 404, []),
    ],
)
async def test_a_refusal_has_its_status_and_names_the_field(
    method: str, path: str, sent: dict[str, Any], status: int, fields: list[str]
) -> None:
    producer = MemoryProducer()
    async with entry(producer) as client:
        answer = await client.request(method, ITEMS + path, json=sent)
    assert (answer.status_code, answer.json()["error"]["fields"]) == (status, fields)
    assert not producer.items


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/a%20tea", {}, 400),
        ("GET", "/a%20tea", {"tenant_id": "other"}, 404),
        ("GET", "/never", {"tenant_id": TENANT}, 404),
        ("GET", "/a%20tea/stats", {"tenant_id": "other"}, 404),
        ("GET", "/a%20tea/stats", {"tenant_id": TENANT, "as_of_ms": "-1"}, 400),
        ("GET", "/a%20tea/stats", {"tenant_id": TENANT, "as_of_ms": "9" * 30}, 400),
        ("DELETE", "/a%20tea", {"tenant_id": "other"}, 404),
        ("DELETE", "/a%20tea", {"tenant_id": TENANT, "expected_version": "7"}, 409),
        ("DELETE", "/a%20tea", {"tenant_id": TENANT, "expected_version": "many"}, 400),
    ],
)
async def test_what_a_parameter_does_wrong_is_refused(
    method: str, path: str, sent: dict[str, str], status: int
) -> None:
    producer = MemoryProducer()
    async with entry(producer) as client:
        answer = await client.request(method, ITEMS + path, params=sent)
    assert answer.status_code == status
    assert not producer.items
