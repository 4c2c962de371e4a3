"""BehaviorService over real gRPC: what reaches the log, and every refusal, after which nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from serving.api.recommender.v1.behavior_pb2 import BehaviorEvent, TrackBatchRequest, TrackEventRequest
from serving.settings import ServingSettings
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.serving import MemoryProducer, Served, refusal_of, served
from topics.errors import BrokerUnavailableError, DeliveryError

DAY_MS = 24 * 3600 * 1000
YEAR_MS = 365 * DAY_MS


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(FixedWorld(catalogue_of([True]), ready=False)) as running:  # tracking needs no views
        yield running


def event(**fields: Any) -> BehaviorEvent:
    return BehaviorEvent(**({"user_id": "u", "item_id": "i", "action": "click"} | fields))


def track(**fields: Any) -> TrackEventRequest:
    return TrackEventRequest(tenant_id=TENANT, event=event(**fields))


async def test_an_event_is_written_whole_and_its_place_returned(serving: Served) -> None:
    answer = await serving.behavior.TrackEvent(
        track(
            event_id="e-1",
            action="rate",
            event_time_ms=NOW - 5,
            scenario_id="vlog",
            value=4.5,
            tags=["a", "b"],
            request_id="r-1",
            position=0,
            context={"device": "tv"},
        )
    )
    position = answer.event.position
    assert answer.event.event_id == "e-1"
    assert (position.topic, position.partition, position.offset) == ("behavior.event.v1", 2, 0)
    (written,) = serving.producer.sent
    assert (written.event_id, written.tenant_id, written.user_id, written.item_id) == ("e-1", TENANT, "u", "i")
    assert (written.action, written.event_time, written.scenario, written.value) == ("rate", NOW - 5, "vlog", 4.5)
    assert (written.tags, written.request_id, written.position) == (["a", "b"], "r-1", 0)
    assert written.context == {"device": "tv"}


async def test_what_is_absent_is_filled_in(serving: Served) -> None:
    answer = await serving.behavior.TrackEvent(track())
    (written,) = serving.producer.sent
    assert answer.event.event_id == written.event_id
    assert written.event_id[14] == "7", "a UUIDv7"
    assert (written.event_time, written.scenario) == (NOW, "default")
    assert (written.value, written.request_id, written.position) == (None, None, None)


async def test_a_batch_is_written_in_order(serving: Served) -> None:
    request = TrackBatchRequest(tenant_id=TENANT, events=[event(item_id=f"i{n}") for n in range(1000)])
    answer = await serving.behavior.TrackBatch(request)
    assert [record.item_id for record in serving.producer.sent] == [f"i{n}" for n in range(1000)]
    assert [tracked.position.offset for tracked in answer.events] == list(range(1000))
    assert [tracked.event_id for tracked in answer.events] == [record.event_id for record in serving.producer.sent]


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("user_id", {"user_id": ""}),
    ("user_id", {"user_id": "u" * 10_000}),
    ("item_id", {"item_id": ""}),
    ("item_id", {"item_id": "i\x00"}),
    ("action", {"action": ""}),
    ("action", {"action": "teleport"}),
    ("action", {"action": "unknown"}),
    ("action", {"action": "x" * (2 << 20)}),
    ("event_time_ms", {"event_time_ms": -1}),
    ("event_time_ms", {"event_time_ms": NOW + YEAR_MS}),
    ("event_time_ms", {"event_time_ms": NOW + DAY_MS + 1}),
    ("event_time_ms", {"event_time_ms": 2**63 - 1}),
    ("event_id", {"event_id": "e" * 65}),
    ("scenario_id", {"scenario_id": "s" * 65}),
    ("value", {"value": float("nan")}),
    ("value", {"value": float("inf")}),
    ("tags", {"tags": [str(n) for n in range(17)]}),
    ("tags", {"tags": ["x" * (2 << 20)]}),
    ("request_id", {"request_id": "r" * 129}),
    ("position", {"position": -1}),
    ("context", {"context": {str(n): "" for n in range(17)}}),
    ("context", {"context": {"device": "x" * (2 << 20)}}),
    ("context", {"context": {str(n): "\U0001f30a" * 1024 for n in range(16)}}),  # 64 KiB and a little
]


@pytest.mark.parametrize(("field", "fields"), WRONG)
async def test_a_wrong_field_is_named_and_nothing_written(serving: Served, field: str, fields: dict[str, Any]) -> None:
    refusal = await refusal_of(serving.behavior.TrackEvent(track(**fields)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [name.partition("[")[0] for name in refusal.fields] == [f"event.{field}"]
    assert len(refusal.text) < 1000
    assert serving.producer.sent == []


@pytest.mark.parametrize(("field", "fields"), WRONG)
async def test_one_wrong_event_refuses_its_whole_batch(serving: Served, field: str, fields: dict[str, Any]) -> None:
    request = TrackBatchRequest(tenant_id=TENANT, events=[event(), event(), event(**fields), event()])
    refusal = await refusal_of(serving.behavior.TrackBatch(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.fields[0].startswith(f"events[2].{field}")
    assert serving.producer.sent == []


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("tenant_id", TrackEventRequest(event=event())),
        ("tenant_id", TrackEventRequest(tenant_id="a\x07", event=event())),
        ("event", TrackEventRequest(tenant_id=TENANT)),
    ],
)
async def test_an_incomplete_request_is_refused(serving: Served, field: str, request_: TrackEventRequest) -> None:
    refusal = await refusal_of(serving.behavior.TrackEvent(request_))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


@pytest.mark.parametrize("size", [0, 1001])
async def test_a_batch_has_1_to_1000_events(serving: Served, size: int) -> None:
    request = TrackBatchRequest(tenant_id=TENANT, events=[event()] * size)
    refusal = await refusal_of(serving.behavior.TrackBatch(request))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["events"])
    assert serving.producer.sent == []


async def test_a_request_above_4_mib_is_refused_unread(serving: Served) -> None:
    refusal = await refusal_of(serving.behavior.TrackEvent(track(context={"x": "x" * (5 << 20)})))
    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert serving.producer.sent == []


@pytest.mark.parametrize("error", [BrokerUnavailableError("no broker answers"), DeliveryError("not confirmed")])
async def test_without_a_broker_it_is_unavailable(serving: Served, error: Exception) -> None:
    serving.producer.error = error
    refusal = await refusal_of(serving.behavior.TrackEvent(track()))
    assert (refusal.code, refusal.text) == (grpc.StatusCode.UNAVAILABLE, str(error))


async def test_nothing_is_answered_before_the_broker_has() -> None:
    producer = MemoryProducer(held=asyncio.Event())
    settings = ServingSettings(port=0, longest_call_s=0.05)
    async with served(FixedWorld(catalogue_of([True])), producer=producer, settings=settings) as running:
        refusal = await refusal_of(running.behavior.TrackEvent(track()))
    assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
