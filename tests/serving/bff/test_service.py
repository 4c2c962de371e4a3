"""RecommendService over real gRPC: what it answers, and every refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest

from schemas.tenancy import TenantKey
from schemas.validation import MAX_CONTEXT
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.settings import ServingSettings
from tests.serving.fakes import (
    NOW,
    TENANT,
    FailingChannel,
    FakeChannel,
    FixedChannel,
    FixedWorld,
    catalogue_of,
    state_of,
)
from tests.serving.serving import Served, refusal_of, served
from topics.changelogs import USER_ACTIVITY, USER_HISTORY
from topics.partitioning import partition_of

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    states = {"knows-1": state_of([1]), "likes": state_of([0], {"category-1": 0.5, "category-0": -1.0})}
    world = FixedWorld(catalogue_of([True, True, True, False], category=[0, 1, 1, 1]), states)
    channels: dict[str, FakeChannel] = {
        "tag": FixedChannel("tag", [2]),
        "hot": FixedChannel("hot", [1, 2]),
        "item_cf": FailingChannel("item_cf"),
    }
    async with served(world, channels) as running:
        yield running


def request(**fields: Any) -> RecommendRequest:
    given: dict[str, Any] = {"tenant_id": TENANT, "user_id": "u", "count": 2}
    return RecommendRequest(**(given | fields))


async def test_an_answer_says_what_why_and_from_which_state(serving: Served) -> None:
    answer = await serving.recommend.Recommend(request(user_id="likes"))
    assert [(item.item_id, item.title, item.position) for item in answer.items] == [
        ("item-2", "Title 2", 0),
        ("item-1", "Title 1", 1),
    ]
    assert answer.items[0].score > answer.items[1].score
    assert [channel.channel for channel in answer.items[0].channels] == ["tag", "hot"]
    assert answer.items[0].reason == "you like category-1"
    assert answer.items[1].reason == "popular now"
    assert answer.as_of_ms == NOW
    assert {table.topic: dict(table.offsets) for table in answer.state} == {
        "item.table.v1": {0: 17, 1: 4},
        "user_activity.table.v1": {0: 3},
    }
    assert answer.staleness_ms == 42
    assert (answer.degraded, list(answer.failed_channels), list(answer.late_channels)) == (True, ["item_cf"], [])
    assert not answer.filled_from_hot
    assert not answer.stages


async def test_a_short_list_says_that_it_was_filled(serving: Served) -> None:
    answer = await serving.recommend.Recommend(request(count=3))
    assert [item.item_id for item in answer.items] == ["item-2", "item-1", "item-0"]
    assert answer.filled_from_hot
    assert answer.items[2].channels[0].channel == "catalogue"


async def test_debug_tells_of_every_stage(serving: Served) -> None:
    answer = await serving.recommend.Recommend(request(debug=True))
    names = [stage.name for stage in answer.stages]
    assert names == ["gate", "refreshed", "recall", "merge", "filter", "fill", "features", "rank", "rerank"]
    assert answer.stages[-1].candidates == 2


async def test_what_the_user_acted_on_comes_only_when_asked_for(serving: Served) -> None:
    without = await serving.recommend.Recommend(request(user_id="knows-1", count=500))
    including = await serving.recommend.Recommend(request(user_id="knows-1", count=500, exclude_seen=False))
    assert {item.item_id for item in without.items} == {"item-0", "item-2"}
    assert {item.item_id for item in including.items} == {"item-0", "item-1", "item-2"}


async def test_the_moment_asked_for_is_the_moment_answered_for(serving: Served) -> None:
    for moment in (0, NOW - DAY_MS, NOW + DAY_MS):
        assert (await serving.recommend.Recommend(request(as_of_ms=moment))).as_of_ms == moment


async def test_a_valid_request_id_is_kept(serving: Served) -> None:
    given = await serving.recommend.Recommend(request(), metadata=(("x-request-id", "abc-1"),))
    made = await serving.recommend.Recommend(request(), metadata=(("x-request-id", "x" * 4000),))
    assert given.request_id == "abc-1"
    assert len(made.request_id) == 36


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("tenant_id", {"tenant_id": ""}),
        ("tenant_id", {"tenant_id": "Upper"}),
        ("tenant_id", {"tenant_id": "a/b"}),
        ("tenant_id", {"tenant_id": "a\x00b"}),
        ("tenant_id", {"tenant_id": "a" * 64}),
        ("user_id", {"user_id": ""}),
        ("user_id", {"user_id": "u" * 257}),
        ("user_id", {"user_id": "u" * 10_000}),
        ("user_id", {"user_id": "u\n"}),
        ("user_id", {"user_id": "u" * (2 << 20)}),
        ("scenario_id", {"scenario_id": "s" * 65}),
        ("scenario_id", {"scenario_id": "a\tb"}),
        ("count", {"count": 0}),
        ("count", {"count": -1}),
        ("count", {"count": 501}),
        ("count", {"count": 100_000}),
        ("as_of_ms", {"as_of_ms": -1}),
        ("as_of_ms", {"as_of_ms": NOW + DAY_MS + 1}),
        ("as_of_ms", {"as_of_ms": 2**63 - 1}),
        ("context", {"context": {str(n): "" for n in range(MAX_CONTEXT + 1)}}),
        ("context", {"context": {"": "x"}}),
        ("context[device]", {"context": {"device": "x" * (2 << 20)}}),
        ("context[device]", {"context": {"device": "\x1b[31m"}}),
        ("page_token", {"page_token": "x"}),
        ("page_token", {"page_token": "\u00e4" * 4}),
        ("page_token", {"page_token": "A" * 64}),
        ("page_token", {"page_token": "A" * (2 << 20)}),
    ],
)
async def test_a_wrong_field_is_named(serving: Served, field: str, fields: dict[str, Any]) -> None:
    refusal = await refusal_of(serving.recommend.Recommend(request(**fields)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert refusal.text.startswith(f"{field}: ")
    assert len(refusal.text) < 1000


async def test_an_unknown_tenant_is_not_found(serving: Served) -> None:
    refusal = await refusal_of(serving.recommend.Recommend(request(tenant_id="nobody")))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert "nobody" in refusal.text


async def test_before_the_views_are_ready_it_is_unavailable() -> None:
    async with served(FixedWorld(catalogue_of([True]), ready=False)) as running:
        refusal = await refusal_of(running.recommend.Recommend(request()))
    assert refusal.code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("position", "part"),
    [
        (LogPosition(topic="item.table.v1"), "topic"),
        (LogPosition(topic="item.change.v1", partition=4), "partition"),
        (LogPosition(topic="item.change.v1", offset=-1), "offset"),
    ],
)
async def test_a_place_that_no_event_can_have_is_refused_by_its_field(
    serving: Served, position: LogPosition, part: str
) -> None:
    refusal = await refusal_of(serving.recommend.Recommend(request(at_least=[position])))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [f"at_least[0].{part}"])


async def test_a_list_waits_for_the_users_rows_and_names_what_did_not_come() -> None:
    place = partition_of(TenantKey(TENANT, "u").encode(), 4)
    read = {table.name: {str(place): 7} for table in (USER_ACTIVITY, USER_HISTORY)}
    world = FixedWorld(catalogue_of([True]), {"u": replace(state_of(), read=read)})
    held = LogPosition(topic="behavior.event.v1", partition=place, offset=7)
    later = LogPosition(topic="behavior.event.v1", partition=place, offset=8)
    async with served(world, settings=ServingSettings(port=0, longest_call_s=0.2)) as running:
        assert (await running.recommend.Recommend(request(at_least=[held]))).items
        for missing in (later, LogPosition(topic="item.change.v1")):
            refusal = await refusal_of(running.recommend.Recommend(request(at_least=[held, missing])))
            assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
            assert f"at_least[1] ({missing.topic}/{missing.partition}/{missing.offset})" in refusal.text
            assert "at_least[0]" not in refusal.text


async def test_pages_hold_everything_once_and_end(serving: Served) -> None:
    first = await serving.recommend.Recommend(request(count=2))
    second = await serving.recommend.Recommend(request(count=2, page_token=first.next_page_token))
    assert [item.item_id for item in (*first.items, *second.items)] == ["item-2", "item-1", "item-0"]
    assert [item.position for item in second.items] == [0]
    assert second.next_page_token == ""


@pytest.mark.parametrize("other", [{"user_id": "v"}, {"tenant_id": "other"}, {"scenario_id": "elsewhere"}])
async def test_a_page_token_of_another_list_is_refused(serving: Served, other: dict[str, Any]) -> None:
    first = await serving.recommend.Recommend(request())
    refusal = await refusal_of(serving.recommend.Recommend(request(page_token=first.next_page_token, **other)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["page_token"])


async def test_an_answer_from_a_stale_state_says_so() -> None:
    world = FixedWorld(catalogue_of([True]))
    async with served(world) as running:
        fresh = await running.recommend.Recommend(request())
        world.staleness = 60_001
        stale = await running.recommend.Recommend(request())
    assert (fresh.stale, fresh.degraded) == (False, False)
    assert (stale.stale, stale.degraded, stale.staleness_ms) == (True, True, 60_001)
    assert len(stale.items) == 1
