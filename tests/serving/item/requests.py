"""Items of a small world, and requests for them, each with fields of its own where it is given some."""

from __future__ import annotations

from typing import Any

from schemas.records import Item
from schemas.tenancy import TenantKey
from serving.api.recommender.v1 import item_pb2 as pb
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from topics.partitioning import partition_of

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


def get(item: str = "tea", **fields: Any) -> pb.GetItemRequest:
    return pb.GetItemRequest(**({"tenant_id": TENANT, "item_id": item} | fields))


def batch(**fields: Any) -> pb.BatchGetItemsRequest:
    return pb.BatchGetItemsRequest(**({"tenant_id": TENANT, "item_ids": ["tea"]} | fields))


def create(item: dict[str, Any] | None = None, **fields: Any) -> pb.CreateItemRequest:
    given: dict[str, Any] = {"tenant_id": TENANT, "item": _item({"item_id": "cup"}, item)}
    return pb.CreateItemRequest(**(given | fields))


def update(item: dict[str, Any] | None = None, mask: list[str] | None = None, **fields: Any) -> pb.UpdateItemRequest:
    given: dict[str, Any] = {"tenant_id": TENANT, "item": _item({"item_id": "tea", "title": "Green tea"}, item)}
    request = pb.UpdateItemRequest(**(given | fields))
    request.update_mask.paths.extend(["title"] if mask is None else mask)
    return request


def delete(**fields: Any) -> pb.DeleteItemRequest:
    return pb.DeleteItemRequest(**({"tenant_id": TENANT, "item_id": "tea"} | fields))


def _item(usual: dict[str, Any], given: dict[str, Any] | None) -> pb.Item:
    return pb.Item(**(usual | (given or {})))


WRITES: list[tuple[str, Any]] = [("CreateItem", create()), ("UpdateItem", update()), ("DeleteItem", delete())]
READS: list[tuple[str, Any]] = [("GetItem", get()), ("BatchGetItems", batch())]
