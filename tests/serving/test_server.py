"""The server: health by service, reflection, drain, metrics, and errors that tell nothing that they should not."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections import Counter

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from serving.api.recommender.v1 import recommendation_pb2_grpc
from serving.api.recommender.v1.behavior_pb2 import BehaviorEvent, TrackEventRequest
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.errors import PortTakenError
from serving.roster import SERVICES
from serving.settings import ServingSettings
from tests.serving.fakes import TENANT, FixedWorld, catalogue_of
from tests.serving.serving import MemoryProducer, Served, refusal_of, served

TRACK = TrackEventRequest(tenant_id=TENANT, event=BehaviorEvent(user_id="u", item_id="i", action="click"))
ASK = RecommendRequest(tenant_id=TENANT, user_id="u", count=1)


def world(ready: bool = True) -> FixedWorld:
    return FixedWorld(catalogue_of([True, True]), ready=ready)


async def health_of(running: Served, service: str) -> str:
    stub = health_pb2_grpc.HealthStub(running.channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
    return name_of(answer)


def name_of(answer: health_pb2.HealthCheckResponse) -> str:
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


async def until_health_is(running: Served, service: str, wanted: str) -> None:
    async with asyncio.timeout(10):
        stub = health_pb2_grpc.HealthStub(running.channel)
        async for answer in stub.Watch(health_pb2.HealthCheckRequest(service=service)):
            if name_of(answer) == wanted:
                return


async def test_what_reads_views_serves_while_they_are_ready_and_tracking_at_once() -> None:
    state = world(ready=False)
    async with served(state) as running:
        await until_health_is(running, SERVICES["recommend"].full_name, "NOT_SERVING")
        assert await health_of(running, "") == "NOT_SERVING"
        assert await health_of(running, SERVICES["behavior"].full_name) == "SERVING"
        state.ready = True
        await until_health_is(running, SERVICES["recommend"].full_name, "SERVING")
        await until_health_is(running, "", "SERVING")
        state.ready = False
        await until_health_is(running, SERVICES["recommend"].full_name, "NOT_SERVING")


async def test_reflection_lists_the_services() -> None:
    async with served(world()) as running:
        stub = reflection_pb2_grpc.ServerReflectionStub(running.channel)
        call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
        async for answer in call:
            names = {service.name for service in answer.list_services_response.service}
    assert {SERVICES["recommend"].full_name, SERVICES["behavior"].full_name, "grpc.health.v1.Health"} <= names


async def test_a_stop_lets_the_calls_under_way_finish() -> None:
    producer = MemoryProducer(held=asyncio.Event())
    async with served(world(), producer=producer) as running:
        call = asyncio.ensure_future(running.behavior.TrackEvent(TRACK))
        await producer.reached.wait()
        stopping = asyncio.create_task(running.server.__aexit__(None, None, None))
        await asyncio.sleep(0.05)
        assert not stopping.done()
        assert producer.held is not None
        producer.held.set()
        answer = await call
        await stopping
    assert answer.event.event_id == producer.sent[0].event_id


async def test_a_stop_cancels_no_call_of_clients_that_ask_without_a_pause() -> None:
    ended: Counter[grpc.StatusCode] = Counter()
    for _ in range(5):
        async with served(world()) as running:
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{running.server.port}")
            clients = [asyncio.create_task(until_refused(channel, ended)) for _ in range(16)]
            await asyncio.sleep(0.2)
        await asyncio.gather(*clients)
        await channel.close()
    assert set(ended) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}, "a cancelled call no client sends again"


async def until_refused(channel: grpc.aio.Channel, ended: Counter[grpc.StatusCode]) -> None:
    stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
    while True:
        try:
            await stub.Recommend(ASK, timeout=5)
            ended[grpc.StatusCode.OK] += 1
        except grpc.aio.AioRpcError as error:
            ended[error.code()] += 1
            return


async def test_an_error_of_ours_is_internal_and_keeps_its_text_to_itself(caplog: pytest.LogCaptureFixture) -> None:
    producer = MemoryProducer(error=RuntimeError("password=hunter2"))
    async with served(world(), producer=producer) as running:
        call = running.behavior.TrackEvent(TRACK, metadata=(("x-request-id", "find-me"),))
        refusal = await refusal_of(call)
    assert refusal.code is grpc.StatusCode.INTERNAL
    assert "hunter2" not in refusal.text
    assert "find-me" in refusal.text
    assert "find-me" in caplog.text
    assert "hunter2" in caplog.text


async def test_calls_and_stages_are_counted() -> None:
    async with served(world()) as running:
        await running.recommend.Recommend(ASK)
        await refusal_of(running.recommend.Recommend(RecommendRequest(tenant_id=TENANT, user_id="u")))
        value = running.metrics.registry.get_sample_value
        method = f"/{SERVICES['recommend'].full_name}/Recommend"
        assert value("tideline_serving_calls_total", {"method": method, "code": "OK"}) == 1
        assert value("tideline_serving_calls_total", {"method": method, "code": "INVALID_ARGUMENT"}) == 1
        assert value("tideline_serving_call_seconds_count", {"method": method}) == 2
        assert value("tideline_serving_stage_seconds_count", {"stage": "recall"}) == 1
        assert value("tideline_serving_channels_total", {"channel": "hot", "verdict": "ok"}) == 2, "recall and fill"
        assert value("tideline_serving_filled_items_total") == 1


async def test_metrics_are_served_and_their_port_freed() -> None:
    port = free_port()
    for _ in range(2):
        async with served(world(), settings=ServingSettings(port=0, metrics_port=port)) as running:
            await until_health_is(running, "", "SERVING")
            text = await asyncio.to_thread(read, f"http://127.0.0.1:{port}/metrics")
        assert "tideline_serving_ready 1.0" in text


@pytest.mark.parametrize("which", ["port", "metrics_port"])
async def test_a_taken_port_is_said_to_be_taken(which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = ServingSettings(**({"port": 0, "metrics_port": 0} | {which: taken.getsockname()[1]}))
        with pytest.raises(PortTakenError, match=which.replace("_", "-")):
            async with served(world(), settings=settings):
                raise AssertionError("it serves")


async def test_every_port_leads_to_all_services() -> None:
    ports = free_port(), free_port()
    async with served(world(), ports=ports) as running:
        assert running.server.port == ports[0]
        for port in ports:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                answer = await recommendation_pb2_grpc.RecommendServiceStub(channel).Recommend(ASK)
            assert len(answer.items) == 1


async def test_more_calls_than_allowed_are_refused() -> None:
    producer = MemoryProducer(held=asyncio.Event())
    async with served(world(), producer=producer, settings=ServingSettings(port=0, concurrent_calls=1)) as running:
        first = asyncio.ensure_future(running.behavior.TrackEvent(TRACK))
        await producer.reached.wait()
        refusal = await refusal_of(running.behavior.TrackEvent(TRACK))
        assert producer.held is not None
        producer.held.set()
        await first
    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())
