"""Admission around the pipeline: what computes is held back, and refused early."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from prometheus_client import CollectorRegistry

from serving.admission import Admission
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.bff.admitted import Admitted
from serving.bff.work import Request, Work
from serving.errors import OverloadedError
from serving.metrics import Metrics
from serving.settings import ServingSettings
from tests.serving.fakes import TENANT, FixedWorld, LateChannel, catalogue_of
from tests.serving.serving import served

REQUEST = Request(tenant=TENANT, user="u", scenario="home", count=1, as_of_ms=0)
ASK = RecommendRequest(tenant_id=TENANT, user_id="u", count=1)


class Held:
    """A pipeline with one place and one request that may wait, which goes on until it is let."""

    def __init__(self) -> None:
        self.metrics = Metrics(CollectorRegistry())
        self.admission = Admission(1, 1, asyncio.get_running_loop().time)
        self.let = asyncio.Event()
        self.lists = Admitted(self, self.admission, self.metrics)

    async def run(self, request: Request, deadline: float) -> Work:
        await self.let.wait()
        return Work(request)

    def ask(self) -> asyncio.Task[Work]:
        return asyncio.create_task(self.lists.run(REQUEST, asyncio.get_running_loop().time() + 60))

    def counted(self, outcome: str) -> float | None:
        return self.metrics.registry.get_sample_value("tideline_serving_admissions_total", {"outcome": outcome})


async def test_beyond_what_may_wait_is_refused_at_once() -> None:
    held = Held()
    working, waiting, refused = held.ask(), held.ask(), held.ask()
    with pytest.raises(OverloadedError):
        await refused
    assert (held.admission.working, held.admission.waiting) == (1, 1)
    held.let.set()
    assert [(await each).request for each in (working, waiting)] == [REQUEST] * 2
    assert (held.counted("admitted"), held.counted("refused")) == (2, 1)


async def test_a_client_that_goes_while_it_waits_leaves_its_place() -> None:
    held = Held()
    working, gone = held.ask(), held.ask()
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    waiting = held.ask()
    held.let.set()
    assert [(await working).request, (await waiting).request] == [REQUEST] * 2
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
