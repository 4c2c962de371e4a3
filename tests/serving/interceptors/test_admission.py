"""Admission around calls: what computes is held back and refused early, the rest is not."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import create_autospec

import grpc
import pytest
from prometheus_client import CollectorRegistry

from serving.admission import Admission
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.call import DEADLINE
from serving.errors import OverloadedError
from serving.interceptors.admission import AdmissionInterceptor
from serving.metrics import Metrics
from serving.roster import SERVICES
from serving.settings import ServingSettings
from tests.serving.fakes import TENANT, FixedWorld, LateChannel, catalogue_of
from tests.serving.serving import served

RECOMMEND = f"/{SERVICES['recommend'].full_name}/Recommend"
TRACK = f"/{SERVICES['behavior'].full_name}/TrackEvent"
ASK = RecommendRequest(tenant_id=TENANT, user_id="u", count=1)


class Held:
    """An interceptor with one place and one that may wait, and a method that goes on until it is let."""

    def __init__(self) -> None:
        self.metrics = Metrics(CollectorRegistry())
        self.admission = Admission(1, 1, asyncio.get_running_loop().time)
        self.interceptor = AdmissionInterceptor(self.admission, self.metrics)
        self.let = asyncio.Event()

    async def method(self, request: Any, context: Any) -> Any:
        await self.let.wait()
        return request

    def ask(self, method: str = RECOMMEND) -> asyncio.Task[Any]:
        DEADLINE.set(asyncio.get_running_loop().time() + 60)
        context = create_autospec(grpc.aio.ServicerContext, instance=True)
        return asyncio.create_task(self.interceptor.around(method, self.method, "request", context))

    def counted(self, outcome: str) -> float | None:
        return self.metrics.registry.get_sample_value("tideline_serving_admissions_total", {"outcome": outcome})


async def test_beyond_what_may_wait_is_refused_at_once_and_writing_is_not() -> None:
    held = Held()
    working, waiting, refused, writing = held.ask(), held.ask(), held.ask(), held.ask(TRACK)
    with pytest.raises(OverloadedError):
        await refused
    assert (held.admission.working, held.admission.waiting) == (1, 1)
    held.let.set()
    assert [await each for each in (working, waiting, writing)] == ["request"] * 3
    assert (held.counted("admitted"), held.counted("refused")) == (2, 1)


async def test_a_client_that_goes_while_it_waits_leaves_its_place() -> None:
    held = Held()
    working, gone = held.ask(), held.ask()
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    waiting = held.ask()
    held.let.set()
    assert [await working, await waiting] == ["request"] * 2
    assert held.counted("refused") is None


async def test_a_crowd_is_answered_in_time_or_refused_early() -> None:
    """Over real gRPC: two lists at once, each of the 80 ms that a channel may take, and three seconds for 150."""
    settings = ServingSettings(port=0, computing_calls=2)
    channels = {"vector": LateChannel("vector")}
    async with served(FixedWorld(catalogue_of([True])), channels, settings=settings) as running:
        await asyncio.gather(*(running.recommend.Recommend(ASK) for _ in range(4)))  # it learns how long one takes

        async def outcome() -> str:
            try:
                await running.recommend.Recommend(ASK, timeout=3.0)
            except grpc.aio.AioRpcError as error:
                return str(error.code().name)
            return "OK"

        outcomes = await asyncio.gather(*(outcome() for _ in range(150)))
    assert set(outcomes) == {"OK", "RESOURCE_EXHAUSTED"}, "none is worked on until its client has gone"
