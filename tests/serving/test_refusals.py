"""What the three parts of the pipeline refuse alike: who asks, for whom, where, when; and items that are given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

from schemas.validation import MAX_CONTEXT
from serving.api.recommender.v1.candidates_pb2 import Candidates, ChannelColumn
from serving.api.recommender.v1.ranking_pb2 import RankRequest
from serving.api.recommender.v1.recall_pb2 import MultiRecallRequest
from serving.api.recommender.v1.reranking_pb2 import RerankRequest
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.serving import Refusal, Served, refusal_of, served

DAY_MS = 24 * 3600 * 1000
ITEMS = Candidates(item_ids=["item-0", "item-1"])

Call = Callable[..., Awaitable[Refusal]]


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(FixedWorld(catalogue_of([True, True, True]))) as running:
        yield running


async def recall(running: Served, **fields: Any) -> Refusal:
    given: dict[str, Any] = {"tenant_id": TENANT, "user_id": "u", "count": 2} | fields
    return await refusal_of(running.recall.MultiRecall(MultiRecallRequest(**given)))


async def rank(running: Served, **fields: Any) -> Refusal:
    given: dict[str, Any] = {"tenant_id": TENANT, "user_id": "u", "candidates": ITEMS} | fields
    return await refusal_of(running.ranking.Rank(RankRequest(**given)))


async def rerank(running: Served, **fields: Any) -> Refusal:
    given: dict[str, Any] = {"tenant_id": TENANT, "user_id": "u", "candidates": ITEMS, "count": 2} | fields
    return await refusal_of(running.reranking.Rerank(RerankRequest(**given)))


@pytest.mark.parametrize("call", [recall, rank, rerank])
@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("tenant_id", {"tenant_id": ""}),
        ("tenant_id", {"tenant_id": "Upper"}),
        ("tenant_id", {"tenant_id": "a/b"}),
        ("tenant_id", {"tenant_id": "a" * 64}),
        ("user_id", {"user_id": ""}),
        ("user_id", {"user_id": "u" * 257}),
        ("user_id", {"user_id": "u" * (2 << 20)}),
        ("user_id", {"user_id": "u\n"}),
        ("scenario_id", {"scenario_id": "s" * 65}),
        ("scenario_id", {"scenario_id": "a\tb"}),
        ("as_of_ms", {"as_of_ms": -1}),
        ("as_of_ms", {"as_of_ms": NOW + DAY_MS + 1}),
        ("context", {"context": {str(n): "" for n in range(MAX_CONTEXT + 1)}}),
        ("context[device]", {"context": {"device": "\x1b[31m"}}),
    ],
)
async def test_a_wrong_field_is_named(serving: Served, call: Call, field: str, fields: dict[str, Any]) -> None:
    refusal = await call(serving, **fields)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert len(refusal.text) < 1000


@pytest.mark.parametrize(("call", "most"), [(recall, 5000), (rerank, 500)])
@pytest.mark.parametrize("count", [0, -1, 100_000, 2**31 - 1])
async def test_a_count_out_of_range_is_refused(serving: Served, call: Call, most: int, count: int) -> None:
    refusal = await call(serving, count=count)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["count"])
    assert f"1 to {most}" in refusal.text


def channel(**fields: Any) -> Candidates:
    column = ChannelColumn(**({"channel": "hot", "places": [0], "scores": [1.0]} | fields))
    return Candidates(item_ids=["a", "b"], channels=[column])


@pytest.mark.parametrize("call", [rank, rerank])
@pytest.mark.parametrize(
    ("field", "candidates"),
    [
        ("item_ids", Candidates()),
        ("item_ids", Candidates(item_ids=[f"i{n}" for n in range(5001)])),
        ("item_ids[1]", Candidates(item_ids=["a", ""])),
        ("item_ids[0]", Candidates(item_ids=["a\x00b"])),
        ("item_ids[0]", Candidates(item_ids=["x" * 257])),
        ("item_ids[2]", Candidates(item_ids=["a", "b", "a"])),
        ("scores", Candidates(item_ids=["a", "b"], scores=[1.0])),
        ("scores", Candidates(item_ids=["a"], scores=[float("nan")])),
        ("scores", Candidates(item_ids=["a"], scores=[float("inf")])),
        ("channels[0].channel", channel(channel="")),
        ("channels[0].channel", channel(channel="c" * 129)),
        ("channels[0].places", channel(places=[2])),
        ("channels[0].places", channel(places=[-1])),
        ("channels[0].places", channel(places=[1, 0], scores=[1, 2])),
        ("channels[0].places", channel(places=[1, 1], scores=[1, 2])),
        ("channels[0].scores", channel(scores=[])),
        ("channels[0].scores", channel(scores=[float("nan")])),
        ("channels[1].channel", Candidates(item_ids=["a"], channels=[{"channel": "hot"}, {"channel": "hot"}])),
    ],
)
async def test_wrong_candidates_are_refused(serving: Served, call: Call, field: str, candidates: Candidates) -> None:
    refusal = await call(serving, candidates=candidates)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [f"candidates.{field}"])
    assert len(refusal.text) < 1000


@pytest.mark.parametrize("call", [rank, rerank])
async def test_no_candidates_at_all_are_refused(serving: Served, call: Call) -> None:
    refusal = await call(serving, candidates=None)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["candidates.item_ids"])


@pytest.mark.parametrize("call", [recall, rank, rerank])
async def test_more_than_a_message_may_hold_is_refused(serving: Served, call: Call) -> None:
    refusal = await call(serving, user_id="u" * (5 << 20))
    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("call", [recall, rank, rerank])
async def test_an_unknown_tenant_is_not_found(serving: Served, call: Call) -> None:
    refusal = await call(serving, tenant_id="nobody")
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert "nobody" in refusal.text


@pytest.mark.parametrize("call", [recall, rank, rerank])
async def test_before_the_views_are_ready_it_is_unavailable(call: Call) -> None:
    async with served(FixedWorld(catalogue_of([True]), ready=False)) as running:
        refusal = await call(running)
    assert refusal.code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("method", ["RecallService/MultiRecall", "RankingService/Rank", "RerankingService/Rerank"])
async def test_a_request_that_is_cut_off_reaches_no_method(serving: Served, method: str) -> None:
    whole = RankRequest(tenant_id=TENANT, user_id="u", candidates=ITEMS).SerializeToString()
    cut = serving.channel.unary_unary(f"/recommender.v1.{method}")(whole[:-3])
    refusal = await refusal_of(cut)
    assert refusal.code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
