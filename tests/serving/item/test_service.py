"""ItemService over real gRPC: what is read, what reaches the log, and every refusal, after which nothing does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from schemas.records import Item
from schemas.tenancy import TenantKey
from serving.api.recommender.v1 import item_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.settings import ServingSettings
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.serving import MemoryProducer, Served, refusal_of, served
from topics.errors import DeliveryError
from topics.partitioning import partition_of

DAY_MS = 24 * 3_600_000
TEA_PLACE = partition_of(TenantKey(TENANT, "tea").encode(), 4)
TEA = Item(
    title="Tea",
    categories=["food", "drink"],
    tags=["hot"],
    author="Ann",
    publish_time=NOW - 9,
    status="active",
    attributes={"price": "3"},
    applied={str(TEA_PLACE): 41},
)


def world(*, ready: bool = True) -> FixedWorld:
    rows = {
        "tea": TEA,
        "hat": Item(title="Hat", status="hidden", applied={"0": 0}),
        "gone": Item(title="Gone", status="deleted", applied={"1": 6}),
        "torn": Item(title="Changed before it was created", applied={"1": 7}),
    }
    return FixedWorld(catalogue_of([True] * 3), ready=ready, items=rows)


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(world()) as running:
        yield running


def get(item: str = "tea", **fields: Any) -> pb.GetItemRequest:
    return pb.GetItemRequest(**({"tenant_id": TENANT, "item_id": item} | fields))


def batch(**fields: Any) -> pb.BatchGetItemsRequest:
    return pb.BatchGetItemsRequest(**({"tenant_id": TENANT, "item_ids": ["tea"]} | fields))


def create(item: dict[str, Any] | None = None, **fields: Any) -> pb.CreateItemRequest:
    return pb.CreateItemRequest(
        **({"tenant_id": TENANT, "item": pb.Item(**({"item_id": "cup"} | (item or {})))} | fields)
    )


def update(item: dict[str, Any] | None = None, mask: list[str] | None = None, **fields: Any) -> pb.UpdateItemRequest:
    said = pb.Item(**({"item_id": "tea", "title": "Green tea"} | (item or {})))
    request = pb.UpdateItemRequest(**({"tenant_id": TENANT, "item": said} | fields))
    request.update_mask.paths.extend(["title"] if mask is None else mask)
    return request


def delete(**fields: Any) -> pb.DeleteItemRequest:
    return pb.DeleteItemRequest(**({"tenant_id": TENANT, "item_id": "tea"} | fields))


WRITES = [("CreateItem", create()), ("UpdateItem", update()), ("DeleteItem", delete())]
READS = [("GetItem", get()), ("BatchGetItems", batch())]


async def test_an_item_is_read_whole_with_its_version(serving: Served) -> None:
    tea = await serving.item.GetItem(get())
    assert (tea.item_id, tea.title, list(tea.categories), list(tea.tags)) == ("tea", "Tea", ["food", "drink"], ["hot"])
    assert (tea.author, tea.publish_time_ms, tea.status) == ("Ann", NOW - 9, "active")
    assert (dict(tea.attributes), tea.version) == ({"price": "3"}, 42)
    hat = await serving.item.GetItem(get("hat"))
    assert (hat.status, hat.version, hat.HasField("publish_time_ms")) == ("hidden", 1, False)


@pytest.mark.parametrize("item", ["gone", "torn", "never"])
async def test_what_is_not_there_is_not_found(serving: Served, item: str) -> None:
    for call in (
        serving.item.GetItem(get(item)),
        serving.item.UpdateItem(update({"item_id": item})),
        serving.item.DeleteItem(delete(item_id=item)),
    ):
        refusal = await refusal_of(call)
        assert (refusal.code, refusal.text) == (grpc.StatusCode.NOT_FOUND, f"there is no item {item}")
    assert not serving.producer.items


async def test_a_batch_tells_what_there_is_in_its_order_and_names_the_rest(serving: Served) -> None:
    found = await serving.item.BatchGetItems(batch(item_ids=["never", "hat", "gone", "tea", "hat"]))
    assert [item.item_id for item in found.items] == ["hat", "tea", "hat"]
    assert list(found.unknown_item_ids) == ["never", "gone"]


async def test_a_creation_is_written_whole_and_its_place_returned(serving: Served) -> None:
    item = {"title": "Cup", "categories": ["home"], "publish_time_ms": -5, "attributes": {"price": "9"}}
    answer = await serving.item.CreateItem(create(item, event_id="c-1", event_time_ms=NOW - 4))
    assert (answer.event_id, answer.position.topic, answer.position.partition) == ("c-1", "item.change.v1", 3)
    (written,) = serving.producer.items
    assert (written.event_id, written.tenant_id, written.item_id, written.change) == ("c-1", TENANT, "cup", "create")
    assert (written.event_time, written.title, written.categories, written.tags) == (NOW - 4, "Cup", ["home"], [])
    assert (written.author, written.publish_time, written.status) == ("", -5, "active")
    assert written.attributes == {"price": "9"}


async def test_a_deleted_item_can_be_created_anew_and_one_that_is_there_cannot(serving: Served) -> None:
    await serving.item.CreateItem(create({"item_id": "gone"}))
    for item in ("tea", "hat"):
        refusal = await refusal_of(serving.item.CreateItem(create({"item_id": item})))
        assert refusal.code is grpc.StatusCode.ALREADY_EXISTS
        assert item in refusal.text
    assert [written.item_id for written in serving.producer.items] == ["gone"]


async def test_a_tenant_begins_with_its_first_item(serving: Served) -> None:
    await serving.item.CreateItem(create({"item_id": "tea"}, tenant_id="newcomer"))
    assert [(written.tenant_id, written.item_id) for written in serving.producer.items] == [("newcomer", "tea")]


async def test_an_update_writes_what_its_mask_names(serving: Served) -> None:
    request = update({"title": ""}, ["title", "tags", "publish_time_ms"], expected_version=42)
    answer = await serving.item.UpdateItem(request)
    (written,) = serving.producer.items
    assert (written.event_id, written.change, written.event_time) == (answer.event_id, "update", NOW)
    assert (written.title, written.tags, written.publish_time) == ("", [], -1)
    assert (written.categories, written.author, written.status, written.attributes) == (None, None, None, None)


async def test_a_deletion_is_written(serving: Served) -> None:
    await serving.item.DeleteItem(delete(event_id="d-1", expected_version=42))
    (written,) = serving.producer.items
    assert (written.event_id, written.change, written.title, written.status) == ("d-1", "delete", None, None)


async def test_another_version_aborts_and_writes_nothing(serving: Served) -> None:
    for call in (
        serving.item.UpdateItem(update(expected_version=41)),
        serving.item.DeleteItem(delete(expected_version=43)),
    ):
        refusal = await refusal_of(call)
        assert refusal.code is grpc.StatusCode.ABORTED
        assert "item tea has version 42" in refusal.text
    assert not serving.producer.items


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


async def test_a_read_waits_for_its_rows_and_tells_what_did_not_come() -> None:
    held = [LogPosition(topic="item.change.v1", partition=place, offset=41) for place in range(4)]
    elsewhere = [LogPosition(topic="user.change.v1", offset=10**9), LogPosition(topic="behavior.event.v1", offset=7)]
    later = LogPosition(topic="item.change.v1", partition=TEA_PLACE, offset=42)
    async with served(world(), settings=ServingSettings(port=0, longest_call_s=0.2)) as running:
        assert (await running.item.GetItem(get(at_least=held + elsewhere))).title == "Tea"
        assert (await running.item.BatchGetItems(batch(at_least=held + elsewhere))).items
        for call in (running.item.GetItem(get(at_least=[later])), running.item.BatchGetItems(batch(at_least=[later]))):
            refusal = await refusal_of(call)
            assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
            assert f"at_least[0] (item.change.v1/{TEA_PLACE}/42)" in refusal.text
