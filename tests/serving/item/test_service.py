"""ItemService over real gRPC: what is read, and what reaches the log."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest

from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.settings import ServingSettings
from tests.serving.fakes import NOW, TENANT
from tests.serving.item.requests import TEA_PLACE, batch, create, delete, get, update, world
from tests.serving.serving import Served, refusal_of, served


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(world()) as running:
        yield running


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
