"""A tenant that asks for too much is refused, told when to come back, and counted; others go on."""

from __future__ import annotations

import asyncio
from unittest.mock import create_autospec

import grpc
import pytest
from prometheus_client import CollectorRegistry

from serving.api.recommender.v1.behavior_pb2 import BehaviorEvent, TrackEventRequest
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.api.recommender.v1.status_pb2 import RetryInfo, Status
from serving.interceptors.errors import fields_of
from serving.interceptors.limits import LimitsInterceptor
from serving.metrics import Metrics
from serving.security.guard import Guard
from serving.security.limits import Limiter, Limits, Rate, TenantLimits
from tests.serving.fakes import TENANT, FixedWorld, catalogue_of
from tests.serving.guarded import OTHER, OWN, bearer, guarded
from tests.serving.roster_methods import METHODS, Method
from tests.serving.serving import MemoryProducer, served

LIMITED = [method for method in METHODS if method.names_a_tenant and not method.path.endswith("CreateTenant")]


async def limited(call: grpc.aio.UnaryUnaryCall) -> float:
    """Return after how many seconds a refused call may be tried again, as both places of the refusal say."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    told = dict(refused.value.trailing_metadata())
    status = Status.FromString(told["grpc-status-details-bin"])
    assert (status.code, status.message) == (8, refused.value.details())
    (detail,) = status.details
    assert detail.type_url == "type.googleapis.com/google.rpc.RetryInfo"
    delay = RetryInfo.FromString(detail.value).retry_delay.ToMilliseconds()
    assert str(delay) == told["retry-after-ms"]
    assert fields_of(told["grpc-status-details-bin"]) == []
    return delay / 1000


@pytest.mark.parametrize("method", LIMITED, ids=str)
async def test_more_than_the_rate_is_refused_for_every_method(method: Method) -> None:
    async with guarded(Limits(Rate.of(0.01, 2), 10)) as server:
        for _ in range(2):
            await method.call(server.channel, method.request(OWN), bearer("own"))
        assert 90 < await limited(method.call(server.channel, method.request(OWN), bearer("own"))) <= 100
        await method.call(server.channel, method.request(OTHER), bearer("other"))
        assert len(server.reached) == 3
        assert server.refused("limited") == 1


async def test_calls_that_are_not_let_in_cost_the_tenant_nothing() -> None:
    method = LIMITED[0]
    async with guarded(Limits(Rate.of(0.01, 1), 10)) as server:
        for _ in range(5):
            with pytest.raises(grpc.aio.AioRpcError):
                await method.call(server.channel, method.request(OWN), bearer("other"))
        await method.call(server.channel, method.request(OWN), bearer("own"))


async def test_a_call_that_fails_leaves_as_well() -> None:
    limiter = Limiter(TenantLimits(Limits(None, 1)))
    limits = LimitsInterceptor(limiter, Metrics(CollectorRegistry()))
    context = create_autospec(grpc.aio.ServicerContext, instance=True)

    async def fail(request: object, context: object) -> None:
        raise KeyError

    for _ in range(3):
        with pytest.raises(KeyError):
            await limits.around("/m", fail, RecommendRequest(tenant_id=TENANT), context)


async def test_more_than_may_be_under_way_is_refused_until_one_ends() -> None:
    producer = MemoryProducer(held=asyncio.Event())
    track = TrackEventRequest(tenant_id=TENANT, event=BehaviorEvent(user_id="u", item_id="i", action="click"))
    guard = Guard(Limiter(TenantLimits(Limits(None, 1))))
    async with served(FixedWorld(catalogue_of([True])), producer=producer, guard=guard) as running:
        first = asyncio.ensure_future(running.behavior.TrackEvent(track))
        await producer.reached.wait()
        assert 0 < await limited(running.behavior.TrackEvent(track)) < 1
        other = TrackEventRequest(tenant_id="other", event=track.event)
        second = asyncio.ensure_future(running.behavior.TrackEvent(other))
        assert producer.held is not None
        producer.held.set()
        await asyncio.gather(first, second)
        await running.behavior.TrackEvent(track)
    assert len(producer.sent) == 3
