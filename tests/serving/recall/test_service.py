"""RecallService over real gRPC: what it answers, and what of its own it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from serving.api.recommender.v1.recall_pb2 import ChannelAsk, MultiRecallRequest
from serving.config import CHANNELS, ChannelConfig, ScenarioConfig
from tests.serving.fakes import (
    NOW,
    TENANT,
    FailingChannel,
    FakeChannel,
    FixedChannel,
    FixedWorld,
    LateChannel,
    catalogue_of,
    state_of,
)
from tests.serving.serving import Served, refusal_of, served
from tests.serving.tenants import OTHER, SECRET, TwoTenants

FAKES: dict[str, FakeChannel] = {
    "tag": FixedChannel("tag", [2, 3]),
    "hot": FixedChannel("hot", [1, 2, 4]),
    "item_cf": FailingChannel("item_cf"),
    "user_cf": LateChannel("user_cf"),
}
CONFIG = ScenarioConfig(user_cf=ChannelConfig(budget_ms=10))


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    world = FixedWorld(catalogue_of([True] * 6), {"knows-1": state_of([1])})
    async with served(world, FAKES, config=CONFIG) as running:
        yield running


def request(*channels: ChannelAsk, **fields: Any) -> MultiRecallRequest:
    given: dict[str, Any] = {"tenant_id": TENANT, "user_id": "u", "count": 100, "channels": channels}
    return MultiRecallRequest(**(given | fields))


async def test_candidates_come_once_with_every_channels_score(serving: Served) -> None:
    answer = await serving.recall.MultiRecall(request())
    assert answer.candidates.item_ids[0] == "item-2", "two channels agree on it"
    assert sorted(answer.candidates.item_ids) == ["item-1", "item-2", "item-3", "item-4"]
    assert list(answer.candidates.scores) == sorted(answer.candidates.scores, reverse=True)
    said = {
        channel.channel: {
            answer.candidates.item_ids[place]: score
            for place, score in zip(channel.places, channel.scores, strict=True)
        }
        for channel in answer.candidates.channels
    }
    assert said["tag"] == {"item-2": 2.0, "item-3": 1.0}
    assert said["hot"] == {"item-1": 3.0, "item-2": 2.0, "item-4": 1.0}
    assert set(said) == set(CHANNELS) - {"item_cf", "user_cf"}


async def test_what_failed_or_was_late_is_named(serving: Served) -> None:
    answer = await serving.recall.MultiRecall(request())
    assert (list(answer.failed_channels), list(answer.late_channels)) == (["item_cf"], ["user_cf"])
    assert answer.basis.degraded
    assert answer.basis.as_of_ms == NOW
    assert answer.basis.staleness_ms == 42
    assert {table.topic for table in answer.basis.state} == {"item.table.v1", "user_activity.table.v1"}
    assert answer.basis.request_id


async def test_only_the_channels_asked_for_are_asked_with_their_limits(serving: Served) -> None:
    answer = await serving.recall.MultiRecall(request(ChannelAsk(channel="hot", limit=2)))
    assert list(answer.candidates.item_ids) == ["item-1", "item-2"]
    assert [channel.channel for channel in answer.candidates.channels] == ["hot"]
    assert not answer.basis.degraded


@pytest.mark.parametrize(("heavy", "order"), [("tag", [2, 3, 1, 4]), ("hot", [1, 2, 4, 3])])
async def test_weights_decide_between_channels(serving: Served, heavy: str, order: list[int]) -> None:
    asks = [ChannelAsk(channel=name, weight=1000 if name == heavy else 0) for name in ("tag", "hot")]
    answer = await serving.recall.MultiRecall(request(*asks))
    assert list(answer.candidates.item_ids) == [f"item-{item}" for item in order]


async def test_count_bounds_what_is_merged(serving: Served) -> None:
    answer = await serving.recall.MultiRecall(request(count=1))
    assert list(answer.candidates.item_ids) == ["item-2"]


async def test_a_short_budget_leaves_a_channel_out(serving: Served) -> None:
    answer = await serving.recall.MultiRecall(request(ChannelAsk(channel="user_cf", budget_ms=1)))
    assert list(answer.late_channels) == ["user_cf"]
    assert list(answer.candidates.item_ids) == []


@pytest.mark.parametrize(
    ("field", "channels"),
    [
        ("channels[1]", [ChannelAsk(channel="hot"), ChannelAsk(channel="oracle")]),
        ("channels[0]", [ChannelAsk()]),
        ("channels[0]", [ChannelAsk(channel="x" * 100_000)]),
        ("channels[1]", [ChannelAsk(channel="hot"), ChannelAsk(channel="hot")]),
        ("channels[0].limit", [ChannelAsk(channel="hot", limit=0)]),
        ("channels[0].limit", [ChannelAsk(channel="hot", limit=-1)]),
        ("channels[0].limit", [ChannelAsk(channel="hot", limit=100_000)]),
        ("channels[0].weight", [ChannelAsk(channel="hot", weight=-1)]),
        ("channels[0].weight", [ChannelAsk(channel="hot", weight=float("nan"))]),
        ("channels[0].weight", [ChannelAsk(channel="hot", weight=float("inf"))]),
        ("channels[0].budget_ms", [ChannelAsk(channel="hot", budget_ms=0)]),
        ("channels[0].budget_ms", [ChannelAsk(channel="hot", budget_ms=100_000)]),
    ],
)
async def test_a_wrong_channel_is_named(serving: Served, field: str, channels: list[ChannelAsk]) -> None:
    refusal = await refusal_of(serving.recall.MultiRecall(request(*channels)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert len(refusal.text) < 1000


async def test_each_tenant_is_given_items_of_its_own_only() -> None:
    """The channel proposes the first item that there is: whose catalogue it is decides which one that is."""
    async with served(TwoTenants(catalogue_of([True])), {"hot": FixedChannel("hot", [0])}) as running:
        own = await running.recall.MultiRecall(request())
        other = await running.recall.MultiRecall(request(tenant_id=OTHER))
    assert (list(own.candidates.item_ids), list(other.candidates.item_ids)) == (["item-0"], [SECRET])
