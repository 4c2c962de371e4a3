"""Recall, ranking, reranking and recommend as four processes on the real stack: the same list as from one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.ports import free_ports
from schemas.records import BehaviorEvent, ItemChange
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc
from serving.api.recommender_common.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from serving.roster import SERVICES
from tests.integration.conftest import Platform, settled
from topics.events import EventProducer

pytestmark = pytest.mark.integration

TENANT = "processes"
START = 1_700_000_000_000
NAMES = ("recall", "ranking", "reranking", "recommend")
USERS = ("ann", "ben", "cid", "nobody")


@dataclass
class Processes:
    """The four, and one that does all by itself."""

    channels: dict[str, grpc.aio.Channel]
    ranking: AsyncExitStack
    """Closing it ends that process."""

    async def ask(self, name: str, user: str) -> pb.RecommendResponse:
        request = pb.RecommendRequest(tenant_id=TENANT, user_id=user, count=8, as_of_ms=START + 10_000, debug=True)
        stub = recommendation_pb2_grpc.RecommendServiceStub(self.channels[name])
        answer: pb.RecommendResponse = await stub.Recommend(request, timeout=10)
        return answer


def write(platform: Platform) -> None:
    with EventProducer(platform.kafka, platform.codecs) as producer:
        for number in range(12):
            item = f"item-{number}"
            tags = [f"tag-{number % 3}"]
            producer.send(
                ItemChange(f"p-{item}", TENANT, item, "create", START, title=item, status="active", tags=tags)
            )
        for place, user in enumerate(USERS[:-1]):
            for number in range(place, place + 4):
                event = BehaviorEvent(
                    f"p-{user}-{number}", TENANT, user, f"item-{number}", "like", START + number, tags=["tag-1"]
                )
                producer.send(event)


@pytest.fixture(scope="module")
async def processes(platform: Platform) -> AsyncIterator[Processes]:
    *ports, whole = free_ports(len(NAMES) + 1)
    settings = {f"TIDELINE_DISCOVERY_{name.upper()}_PORT": str(port) for name, port in zip(NAMES, ports, strict=True)}
    views = str(platform.tideline.folder / "process-views")
    async with AsyncExitStack() as stack, AsyncExitStack() as ranking:
        async with platform.tideline.start("processes-worker", "worker"):
            write(platform)
            await settled(platform)
        tideline = platform.tideline
        for name in NAMES:
            started = tideline.start(f"processes-{name}", "serve", name, "--state-dir", views, **settings)
            await (ranking if name == "ranking" else stack).enter_async_context(started)
        alone = ("serve", "--port", str(whole), "--state-dir", views)
        await stack.enter_async_context(tideline.start("processes-whole", *alone))
        channels = {}
        for name, port in zip((*NAMES, "whole"), (*ports, whole), strict=True):
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
            channels[name] = await stack.enter_async_context(channel)
            await until_serving(channel)
        yield Processes(channels, ranking)


async def until_serving(channel: grpc.aio.Channel) -> None:
    async with asyncio.timeout(90):
        async for answer in health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service=""), wait_for_ready=True
        ):
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return


@pytest.mark.parametrize("user", USERS)
async def test_four_processes_answer_as_one_does(processes: Processes, user: str) -> None:
    parted, whole = await processes.ask("recommend", user), await processes.ask("whole", user)
    assert [(item.item_id, item.score, item.reason) for item in parted.items] == [
        (item.item_id, item.score, item.reason) for item in whole.items
    ]
    assert parted.items
    assert not parted.degraded, list(parted.failed_stages)
    assert "merge" not in [stage.name for stage in parted.stages], "that was done elsewhere"
    assert "merge" in [stage.name for stage in whole.stages]


@pytest.mark.parametrize("name", NAMES)
async def test_each_process_runs_what_it_is_named_for_and_says_how_it_does(processes: Processes, name: str) -> None:
    for each in NAMES:
        call = processes.channels[name].unary_unary(
            f"/{SERVICES[each].full_name}/HealthCheck",
            request_serializer=HealthCheckRequest.SerializeToString,
            response_deserializer=HealthCheckResponse.FromString,
        )(HealthCheckRequest(), timeout=10)
        if each == name:
            answer = await call
            assert answer.status == HealthCheckResponse.STATUS_SERVING
            assert {table.topic for table in answer.positions} >= {"item.table.v1", "user_history.table.v1"}
        else:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_process_that_dies_leaves_a_degraded_list(processes: Processes) -> None:
    """Last, for it does not come back."""
    await processes.ranking.aclose()
    answer = await processes.ask("recommend", "ann")
    assert answer.degraded
    assert list(answer.failed_stages) == ["rank"]
    assert len(answer.items) == 8
