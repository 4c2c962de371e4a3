"""Every refusal of ItemService over real gRPC, after which nothing was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from serving.api.recommender.v1 import item_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition
from tests.serving.fakes import NOW, TENANT
from tests.serving.item.requests import READS, WRITES, batch, create, delete, get, update, world
from tests.serving.serving import MemoryProducer, Served, refusal_of, served
from topics.errors import DeliveryError

DAY_MS = 24 * 3_600_000


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(world()) as running:
        yield running


CONTENT: list[tuple[str, dict[str, Any]]] = [
    ("item_id", {"item_id": ""}),
    ("item_id", {"item_id": "i" * 257}),
    ("item_id", {"item_id": "i\x00"}),
    ("title", {"title": "t" * 513}),
    ("title", {"title": "t\x00"}),
    ("categories", {"categories": [str(n) for n in range(33)]}),
    ("categories", {"categories": [""]}),
    ("tags", {"tags": [str(n) for n in range(65)]}),
    ("tags", {"tags": ["x" * 129]}),
    ("tags", {"tags": ["x" * (2 << 20)]}),
    ("author", {"author": "a" * 257}),
    ("publish_time_ms", {"publish_time_ms": 2**63 - 1}),
    ("publish_time_ms", {"publish_time_ms": -(2**62)}),
    ("status", {"status": "deleted"}),
    ("status", {"status": "unknown"}),
    ("status", {"status": "x" * (1 << 20)}),
    ("attributes", {"attributes": {str(n): "" for n in range(65)}}),
    ("attributes", {"attributes": {"": "nameless"}}),
    ("attributes", {"attributes": {"n": "v" * 1025}}),
    ("attributes", {"attributes": {str(n): "\U0001f30a" * 1024 for n in range(64)}}),  # above 64 KiB in all
    ("version", {"version": 3}),
]


@pytest.mark.parametrize(("field", "item"), CONTENT)
async def test_a_wrong_item_is_refused_by_its_field_and_nothing_is_written(
    serving: Served, field: str, item: dict[str, Any]
) -> None:
    mask = [name for name in item if name not in ("item_id", "version")] or ["title"]
    said = item if field == "title" or "title" in mask else item | {"title": ""}
    for call in (serving.item.CreateItem(create(item)), serving.item.UpdateItem(update(said, mask))):
        refusal = await refusal_of(call)
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert [name.partition("[")[0] for name in refusal.fields] == [f"item.{field}"]
        assert len(refusal.text) < 1000
    assert not serving.producer.items


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("tenant_id", {"tenant_id": ""}),
        ("tenant_id", {"tenant_id": "Not One"}),
        ("event_id", {"event_id": "e" * 65}),
        ("event_time_ms", {"event_time_ms": -1}),
        ("event_time_ms", {"event_time_ms": NOW + DAY_MS + 1}),
        ("event_time_ms", {"event_time_ms": 2**63 - 1}),
    ],
)
async def test_a_wrong_change_is_refused_by_its_field(serving: Served, field: str, wrong: dict[str, Any]) -> None:
    for call in (
        serving.item.CreateItem(create(**wrong)),
        serving.item.UpdateItem(update(**wrong)),
        serving.item.DeleteItem(delete(**wrong)),
    ):
        refusal = await refusal_of(call)
        assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not serving.producer.items


HERE = LogPosition(topic="item.change.v1", partition=0, offset=0)


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("CreateItem", pb.CreateItemRequest(tenant_id=TENANT), "item"),
        ("UpdateItem", pb.UpdateItemRequest(tenant_id=TENANT), "item"),
        ("UpdateItem", update(mask=[]), "update_mask"),
        ("UpdateItem", update(mask=["item_id"]), "update_mask"),
        ("UpdateItem", update(mask=["x" * 10_000]), "update_mask"),
        ("UpdateItem", update(mask=["title", "version"]), "update_mask"),
        ("UpdateItem", update(mask=["tags"]), "item.title"),
        ("UpdateItem", update(mask=["title", "status"]), "item.status"),
        ("DeleteItem", delete(item_id=""), "item_id"),
        ("DeleteItem", delete(item_id="i" * 257), "item_id"),
        ("GetItem", get(tenant_id=""), "tenant_id"),
        ("GetItem", get(""), "item_id"),
        ("GetItem", get("i" * 257), "item_id"),
        ("GetItem", get(at_least=[HERE, LogPosition(topic="item.table.v1")]), "at_least[1].topic"),
        ("GetItem", get(at_least=[LogPosition(topic=HERE.topic, partition=4)]), "at_least[0].partition"),
        ("GetItem", get(at_least=[LogPosition(topic=HERE.topic, partition=-1)]), "at_least[0].partition"),
        ("GetItem", get(at_least=[LogPosition(topic=HERE.topic, offset=-1)]), "at_least[0].offset"),
        ("GetItem", get(at_least=[HERE] * 65), "at_least"),
        ("BatchGetItems", batch(tenant_id="A"), "tenant_id"),
        ("BatchGetItems", batch(item_ids=[]), "item_ids"),
        ("BatchGetItems", batch(item_ids=["a"] * 201), "item_ids"),
        ("BatchGetItems", batch(item_ids=["a", ""]), "item_ids[1]"),
        ("BatchGetItems", batch(at_least=[LogPosition()]), "at_least[0].topic"),
    ],
)
async def test_a_request_that_is_not_valid_is_refused_by_its_field(
    serving: Served, method: str, request_: Any, field: str
) -> None:
    refusal = await refusal_of(getattr(serving.item, method)(request_))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not serving.producer.items


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetItem", get(tenant_id="other")),
        ("BatchGetItems", batch(tenant_id="other")),
        ("UpdateItem", update(tenant_id="other")),
        ("DeleteItem", delete(tenant_id="other")),
    ],
)
async def test_another_tenant_neither_reads_nor_changes_an_item(serving: Served, method: str, request_: Any) -> None:
    refusal = await refusal_of(getattr(serving.item, method)(request_))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert "Tea" not in refusal.text
    assert not serving.producer.items


@pytest.mark.parametrize(("method", "request_"), READS + WRITES)
async def test_before_the_tables_are_read_nothing_is_told_or_written(method: str, request_: Any) -> None:
    async with served(world(ready=False)) as running:
        refusal = await refusal_of(getattr(running.item, method)(request_))
        assert refusal.code is grpc.StatusCode.UNAVAILABLE
        assert not running.producer.items


@pytest.mark.parametrize(("method", "request_"), WRITES)
async def test_a_broker_that_is_away_is_told(method: str, request_: Any) -> None:
    async with served(world(), producer=MemoryProducer(error=DeliveryError("away"))) as running:
        refusal = await refusal_of(getattr(running.item, method)(request_))
    assert refusal.code is grpc.StatusCode.UNAVAILABLE
