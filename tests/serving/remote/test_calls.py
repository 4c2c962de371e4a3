"""Calls over real gRPC: parts done elsewhere, a process that is gone or late, and what crosses with a call."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest

from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest, RecommendResponse
from serving.bff.lines import PARTS, RANKING, RECALL, RERANKING
from serving.credentials import ClientSettings
from serving.discovery.addresses import Address
from serving.remote.calls import calls
from serving.security.guard import Guard
from serving.security.limits import Limiter, Limits, TenantLimits
from tests.serving.fakes import TENANT, FakeChannel, FixedChannel, FixedWorld, LateChannel, catalogue_of
from tests.serving.guarded import OWN, bearer, doorkeeper
from tests.serving.models.shelves import ranking_model, shelf_of
from tests.serving.serving import Served, served

ASK = RecommendRequest(tenant_id=TENANT, user_id="u", count=5, debug=True)
CHANNELS: Mapping[str, FakeChannel] = {"tag": FixedChannel("tag", [4, 2, 7]), "hot": FixedChannel("hot", [7, 1, 3])}


def world() -> FixedWorld:
    return FixedWorld(catalogue_of([True] * 9, category=[0, 0, 0, 0, 1, 1, 1, 1, 1], author=[0] * 9))


@asynccontextmanager
async def split(
    there: Mapping[str, FakeChannel] = CHANNELS, instead: Mapping[str, str] | None = None, patience: int = 20
) -> AsyncIterator[tuple[Served, Served]]:
    """Serve from two servers: the first asks the second for each part, or whoever is named `instead`.

    A call has `patience` times its budget: two seconds or more, unless a test is of the budget.
    """
    shelf = shelf_of(ranking_model("deepfm", TENANT))
    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(served(world(), there, shelf=shelf, patience=patience))
        targets = dict.fromkeys(PARTS, f"127.0.0.1:{second.server.port}") | dict(instead or {})
        addresses = {part: Address(target, balanced=False) for part, target in targets.items()}
        steps = await stack.enter_async_context(calls(addresses, ClientSettings()))
        first = await stack.enter_async_context(served(world(), elsewhere=steps, patience=patience))
        yield first, second


def items(answer: RecommendResponse) -> list[tuple[str, float, list[str]]]:
    return [(item.item_id, item.score, [channel.channel for channel in item.channels]) for item in answer.items]


async def test_a_list_is_the_same_from_one_process_and_from_many() -> None:
    async with split() as (first, second):
        whole = await second.recommend.Recommend(ASK)
        parted = await first.recommend.Recommend(ASK)
    assert items(parted) == items(whole)
    assert [stage.name for stage in parted.stages] == [
        "gate",
        "refreshed",
        "recall",
        "filter",
        "fill",
        "rank",
        "rerank",
    ]
    assert not parted.degraded


def calls_of(running: Served, method: str, code: str = "OK") -> float:
    labels = {"method": f"/recommender.v1.{method}", "code": code}
    return running.metrics.registry.get_sample_value("tideline_serving_calls_total", labels) or 0.0


async def test_each_part_is_asked_of_the_process_that_does_it() -> None:
    async with split() as (first, second):
        await first.recommend.Recommend(ASK)
        asked = [calls_of(second, f"{name}") for name in METHODS.values()]
        own = [calls_of(first, f"{name}") for name in METHODS.values()]
    assert (asked, own) == ([1, 1, 1], [0, 0, 0])


METHODS = {
    RECALL: "RecallService/MultiRecall",
    RANKING: "RankingService/Rank",
    RERANKING: "RerankingService/Rerank",
}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("part", PARTS)
async def test_a_process_that_is_gone_leaves_a_degraded_list_that_says_so(part: str) -> None:
    async with split(instead={part: f"127.0.0.1:{closed_port()}"}) as (first, _):
        answer = await first.recommend.Recommend(ASK)
        counted = first.metrics.registry.get_sample_value(
            "tideline_serving_stages_total", {"stage": PARTS[part].name, "outcome": "failed"}
        )
    assert len(answer.items) == 5
    assert answer.degraded
    assert list(answer.failed_stages) == [PARTS[part].name]
    assert counted == 1


async def test_a_process_that_does_not_answer_costs_its_stages_budget_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        instead = {RANKING: f"127.0.0.1:{silent.getsockname()[1]}"}
        async with split(instead=instead, patience=5) as (first, _):
            began = time.perf_counter()
            answer = await first.recommend.Recommend(ASK)
            took = time.perf_counter() - began
    assert list(answer.failed_stages) == ["rank"]
    assert len(answer.items) == 5
    assert took < 3.0


async def test_a_channel_that_is_late_elsewhere_is_named_and_the_others_count() -> None:
    async with split({**CHANNELS, "item_cf": LateChannel("item_cf")}) as (first, _):
        answer = await first.recommend.Recommend(ASK)
    assert list(answer.late_channels) == ["item_cf"]
    assert not answer.failed_stages
    assert {"item-4", "item-7"} <= {item.item_id for item in answer.items}


async def test_one_that_comes_back_is_asked_again() -> None:
    port = closed_port()
    async with split(instead={RERANKING: f"127.0.0.1:{port}"}) as (first, second):
        assert (await first.recommend.Recommend(ASK)).degraded
        settings = second.server._settings.model_copy(update={"port": port})
        async with served(world(), CHANNELS, settings=settings), asyncio.timeout(20):
            while (await first.recommend.Recommend(ASK)).degraded:  # noqa: ASYNC110  # nothing tells when it is back
                await asyncio.sleep(0.1)


class Witness(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """Notes with how much time left and under which request id methods are called, and answers none."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str]] = []

    async def intercept_service(self, continuation: object, details: grpc.HandlerCallDetails) -> object:
        metadata = dict(details.invocation_metadata)

        async def answer(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
            self.seen.append((context.time_remaining(), metadata["x-request-id"]))
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


async def test_deadline_and_request_id_pass_through() -> None:
    witness = Witness()
    server = grpc.aio.server(interceptors=[witness])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with split(instead=dict.fromkeys(PARTS, f"127.0.0.1:{port}"), patience=1) as (first, _):
            for timeout in (5.0, 0.05):
                await first.recommend.Recommend(ASK, timeout=timeout, metadata=(("x-request-id", "abc-1"),))
                await asyncio.sleep(0)
    finally:
        await server.stop(None)
    assert {request_id for _, request_id in witness.seen} == {"abc-1"}
    at_ease, in_haste = witness.seen[0][0], min(left for left, _ in witness.seen)
    assert 0.05 < at_ease <= 0.2, "the budgets of gate, given, recall and merge"
    assert in_haste <= 0.042, "four fifths of what the client allows; gRPC rounds up to milliseconds, at either end"


@pytest.mark.parametrize(("key", "answered"), [("own", True), ("other", False)])
async def test_a_process_that_asks_for_keys_judges_who_asked_the_first_one(key: str, answered: bool) -> None:
    guard = Guard(Limiter(TenantLimits(Limits(None, 1_000))), doorkeeper(), "", None)
    asked = RecommendRequest(tenant_id=OWN, user_id="u", count=5)
    async with served(FixedWorld(catalogue_of([True] * 9)), CHANNELS, guard=guard) as second:
        addresses = {RECALL: Address(f"127.0.0.1:{second.server.port}", balanced=False)}
        async with (
            calls(addresses, ClientSettings()) as steps,
            served(FixedWorld(catalogue_of([True] * 9)), elsewhere=steps, guard=guard, patience=20) as first,
        ):
            try:
                await first.recommend.Recommend(asked, metadata=bearer(key))
            except grpc.aio.AioRpcError as error:
                code = error.code()
            else:
                code = grpc.StatusCode.OK
            came = calls_of(second, "RecallService/MultiRecall")
    assert (code, came) == ((grpc.StatusCode.OK, 1.0) if answered else (grpc.StatusCode.PERMISSION_DENIED, 0.0))
