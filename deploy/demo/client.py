"""The server as its clients see it: gRPC, and nothing of Tideline's own but the generated code."""

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import ClassVar, Final, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.demo.child import Child
from deploy.demo.errors import DemoError
from deploy.demo.policies import Offer
from schemas.records import BehaviorEvent
from serving.api.recommender.v1 import (
    behavior_pb2,
    behavior_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
)
from topics.offsets import Partition

POLL_S: Final = 0.05
TIMEOUT_S: Final = 10.0
"""How long one call may take."""


class Client:
    """`async with Client("127.0.0.1:50051", "demo", "movies") as client:`; one tenant, one scenario."""

    def __init__(self, target: str, tenant: str, scenario: str) -> None:
        """Describe a client; entering the context connects it."""
        self._target = target
        self._tenant = tenant
        self._scenario = scenario

    async def __aenter__(self) -> Self:
        self._channel = grpc.aio.insecure_channel(self._target)
        self._recommend = recommendation_pb2_grpc.RecommendServiceStub(self._channel)
        self._behavior = behavior_pb2_grpc.BehaviorServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.close()

    async def wait_until_serving(self, server: Child, timeout_s: float) -> None:
        """Return when the server says that it is SERVING.

        Raises:
            ChildEndedError: it has ended.
            DemoError: it did not say so in time.
        """
        deadline = time.monotonic() + timeout_s
        while not await self._serving():
            server.check()
            if time.monotonic() > deadline:
                raise DemoError(f"the server at {self._target} is not SERVING after {timeout_s:g} s")
            await asyncio.sleep(POLL_S)

    async def recommend(self, user: str, count: int, as_of_ms: int) -> recommendation_pb2.RecommendResponse:
        """Return the list for a user as of a moment; raise grpc.aio.AioRpcError if the server refuses."""
        request = recommendation_pb2.RecommendRequest(
            tenant_id=self._tenant, user_id=user, scenario_id=self._scenario, count=count, as_of_ms=as_of_ms
        )
        answer: recommendation_pb2.RecommendResponse = await self._recommend.Recommend(request, timeout=TIMEOUT_S)
        return answer

    async def positions(self) -> dict[Partition, int]:
        """Return, for each changelog that the server follows, the offset of the next record that is not yet read.

        Raises grpc.aio.AioRpcError, with NOT_FOUND where nothing of the tenant has arrived.
        """
        answer = await self.recommend("nobody", 1, 0)
        return {
            Partition(table.topic, number): offset
            for table in answer.state
            for number, offset in table.offsets.items()
        }

    async def track(self, events: Sequence[BehaviorEvent]) -> None:
        """Return when the brokers have acknowledged the events; raise grpc.aio.AioRpcError if the server refuses."""
        request = behavior_pb2.TrackBatchRequest(tenant_id=self._tenant, events=[_message(event) for event in events])
        await self._behavior.TrackBatch(request, timeout=TIMEOUT_S)

    async def _serving(self) -> bool:
        try:
            answer = await self._health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:  # it does not listen yet
                return False
            raise
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


class TidelinePolicy:
    """Tideline picks the videos: the policy that the experiment is about."""

    name: ClassVar[str] = "tideline"

    def __init__(self, client: Client) -> None:
        self._client = client

    async def offer(self, user: str, count: int, as_of_ms: int) -> Offer:
        """Return the server's list."""
        answer = await self._client.recommend(user, count, as_of_ms)
        return Offer([item.item_id for item in answer.items], answer.request_id)


def _message(event: BehaviorEvent) -> behavior_pb2.BehaviorEvent:
    return behavior_pb2.BehaviorEvent(
        event_id=event.event_id,
        user_id=event.user_id,
        item_id=event.item_id,
        action=event.action,
        event_time_ms=event.event_time,
        scenario_id=event.scenario,
        value=event.value,
        tags=event.tags,
        request_id=event.request_id or "",
        position=event.position,
        context=event.context,
    )
