"""BehaviorService: checks events, writes them, and answers when the brokers have them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from serving.api.recommender.v1 import behavior_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.behavior.events import MAX_BATCH, Packed, packed
from serving.metrics import Metrics
from topics.headers import Origin
from topics.routes import Parcel


class Producer(Protocol):
    """What events are written with; `topics.events.AsyncEventProducer` is one."""

    async def deliver(self, parcel: Parcel) -> Origin:
        """Return the event's position once the brokers have acknowledged it; raise DeliveryError if they do not."""
        ...


@dataclass(frozen=True, slots=True)
class BehaviorService:
    """Serves `recommender.v1.BehaviorService`; errors become statuses in `interceptors/errors.py`."""

    producer: Producer
    codecs: Codecs
    metrics: Metrics
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def TrackEvent(self, request: pb.TrackEventRequest, context: Any) -> pb.TrackEventResponse:  # noqa: N802
        """Write one event; raise InvalidFieldError, or what the producer raises."""
        if not request.HasField("event"):
            raise InvalidFieldError("event", "must be given")
        event = packed(request.tenant_id, request.event, self.clock(), "event", self.codecs)
        return pb.TrackEventResponse(event=await self._written(event))

    async def TrackBatch(self, request: pb.TrackBatchRequest, context: Any) -> pb.TrackBatchResponse:  # noqa: N802
        """Check all events, then write all of them; raise as TrackEvent does."""
        if not 1 <= len(request.events) <= MAX_BATCH:
            raise InvalidFieldError("events", f"must be 1 to {MAX_BATCH}, not {len(request.events)}")
        now_ms = self.clock()
        events = [
            packed(request.tenant_id, event, now_ms, f"events[{index}]", self.codecs)
            for index, event in enumerate(request.events)
        ]
        return pb.TrackBatchResponse(events=await asyncio.gather(*map(self._written, events)))

    async def _written(self, event: Packed) -> pb.TrackedEvent:
        origin = await self.producer.deliver(event.parcel)
        self.metrics.tracked.inc()
        return pb.TrackedEvent(event_id=event.event_id, position=log_position(origin))


def log_position(origin: Origin) -> LogPosition:
    """Return where an event was written, in the contract's terms."""
    return LogPosition(topic=origin.topic, partition=origin.partition, offset=origin.offset)
