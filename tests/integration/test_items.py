"""Items on the real stack: who writes can read what was written, and a wait for a change of nothing ends, too."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

from deploy.local.ports import free_ports
from serving.api.recommender.v1 import (
    behavior_pb2,
    behavior_pb2_grpc,
    item_pb2,
    item_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
    user_pb2,
    user_pb2_grpc,
)
from serving.api.recommender.v1.common_pb2 import LogPosition
from tests.integration.conftest import Platform
from tests.integration.test_serving import until_serving

pytestmark = pytest.mark.integration

TENANT = "items"
WAIT = 10.0


@pytest.fixture(scope="module")
async def channel(platform: Platform) -> AsyncIterator[grpc.aio.Channel]:
    (port,) = free_ports(1)
    serve = ("serve", "--port", str(port), "--state-dir", str(platform.tideline.folder / "item-views"))
    async with (
        platform.tideline.start("items-worker", "worker"),
        platform.tideline.start("items-serving", *serve),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        await until_serving(channel)
        yield channel


async def code_of(call: Awaitable[Any]) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code()


async def test_an_item_is_created_read_changed_and_deleted(channel: grpc.aio.Channel) -> None:
    items = item_pb2_grpc.ItemServiceStub(channel)

    async def read(at_least: LogPosition) -> item_pb2.Item:
        found: item_pb2.Item = await items.GetItem(
            item_pb2.GetItemRequest(tenant_id=TENANT, item_id="tea", at_least=[at_least]), timeout=WAIT
        )
        return found

    tea = item_pb2.Item(item_id="tea", title="Tea", tags=["drinks"], attributes={"price": "3"})
    create = item_pb2.CreateItemRequest(tenant_id=TENANT, item=tea, event_time_ms=1_700_000_000_000)
    created = await items.CreateItem(create, timeout=WAIT)
    first = await read(created.position)
    assert (first.title, list(first.tags), dict(first.attributes), first.status) == (
        "Tea",
        ["drinks"],
        {"price": "3"},
        "active",
    )
    assert await code_of(items.CreateItem(create, timeout=WAIT)) is grpc.StatusCode.ALREADY_EXISTS

    change = item_pb2.UpdateItemRequest(
        tenant_id=TENANT, item=item_pb2.Item(item_id="tea", title="Green tea"), expected_version=first.version
    )
    change.update_mask.paths.append("title")
    changed = await items.UpdateItem(change, timeout=WAIT)
    second = await read(changed.position)
    assert (second.title, list(second.tags)) == ("Green tea", ["drinks"])
    assert second.version > first.version
    assert await code_of(items.UpdateItem(change, timeout=WAIT)) is grpc.StatusCode.ABORTED

    # Earlier than what stands, so that it alters nothing: no row will ever tell of it.
    change.ClearField("expected_version")
    change.event_time_ms = 1_600_000_000_000
    nothing = await items.UpdateItem(change, timeout=WAIT)
    begun = time.monotonic()
    third = await read(nothing.position)
    assert third == second
    assert time.monotonic() - begun < WAIT * 0.8

    delete = item_pb2.DeleteItemRequest(tenant_id=TENANT, item_id="tea", expected_version=third.version)
    deleted = await items.DeleteItem(delete, timeout=WAIT)
    assert await code_of(read(deleted.position)) is grpc.StatusCode.NOT_FOUND
    batch = item_pb2.BatchGetItemsRequest(tenant_id=TENANT, item_ids=["tea"], at_least=[deleted.position])
    assert list((await items.BatchGetItems(batch, timeout=WAIT)).unknown_item_ids) == ["tea"]
    never = LogPosition(topic="item.change.v1", partition=deleted.position.partition, offset=10**9)
    assert await code_of(read(never)) is grpc.StatusCode.INVALID_ARGUMENT


async def test_behaviour_and_profiles_are_read_as_new_as_they_were_written(channel: grpc.aio.Channel) -> None:
    items, users = item_pb2_grpc.ItemServiceStub(channel), user_pb2_grpc.UserServiceStub(channel)
    behavior = behavior_pb2_grpc.BehaviorServiceStub(channel)
    recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
    places = []
    for name in ("cup", "pot"):
        item = item_pb2.CreateItemRequest(tenant_id=TENANT, item=item_pb2.Item(item_id=name, title=name))
        places.append((await items.CreateItem(item, timeout=WAIT)).position)

    async def liked() -> LogPosition:
        event = behavior_pb2.BehaviorEvent(event_id="once", user_id="ada", item_id="cup", action="like")
        event.event_time_ms = int(time.time() * 1000)
        track = behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event)
        position: LogPosition = (await behavior.TrackEvent(track, timeout=WAIT)).event.position
        return position

    places.append(await liked())
    ask = recommendation_pb2.RecommendRequest(
        tenant_id=TENANT, user_id="ada", count=2, exclude_seen=True, at_least=places
    )
    shown = [item.item_id for item in (await recommend.Recommend(ask, timeout=WAIT)).items]
    assert shown == ["pot"]
    await told(
        lambda at: users.GetUserRealtimeFeatures(
            user_pb2.GetUserRealtimeFeaturesRequest(tenant_id=TENANT, user_id="ada", at_least=[at]), timeout=WAIT
        ),
        places[-1],
        lambda found: dict(found.totals) == {"like": 1},
    )
    again = await liked()  # with the same id: it alters nothing
    await told(
        lambda at: behavior.GetStats(
            behavior_pb2.GetStatsRequest(tenant_id=TENANT, item_id="cup", at_least=[at]), timeout=WAIT
        ),
        again,
        lambda found: dict(found.last_hour.counts) == dict(found.all_time.counts) == {"like": 1},
    )
    city = user_pb2.UpdateUserProfileRequest(tenant_id=TENANT, user_id="ada", attributes={"city": "Oslo"})
    written = (await users.UpdateUserProfile(city, timeout=WAIT)).position
    await told(
        lambda at: users.GetUserProfile(
            user_pb2.GetUserProfileRequest(tenant_id=TENANT, user_id="ada", at_least=[at]), timeout=WAIT
        ),
        written,
        lambda found: dict(found.attributes) == {"city": "Oslo"},
    )


async def told(ask: Callable[[LogPosition], Awaitable[Any]], at: LogPosition, holds: Callable[[Any], bool]) -> None:
    """Fail unless the first answer that is at least as new as the place holds."""
    found = await ask(at)
    assert holds(found), found
