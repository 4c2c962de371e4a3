"""BehaviorService: checks events, writes them, answers when the brokers have them; and counts what was done."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from schemas.records import ItemStats
from schemas.tenancy import check_id
from schemas.text import check_name
from schemas.validation import MAX_SCENARIO
from serving.api.recommender.v1 import behavior_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.at_least.holds import of_stats
from serving.at_least.waiting import AtLeast
from serving.behavior.events import MAX_BATCH, Packed, packed
from serving.behavior.stats import Stretch, all_time, last_hours
from serving.clock import check_as_of
from serving.metrics import Metrics
from topics.headers import Origin
from topics.routes import Parcel


class Producer(Protocol):
    """What events are written with; `topics.events.AsyncEventProducer` is one."""

    async def deliver(self, parcel: Parcel) -> Origin:
        """Return the event's position once the brokers have acknowledged it; raise DeliveryError if they do not."""
        ...


class StatsWorld(Protocol):
    """What the service reads of the world; `serving.views.world.World` is one."""

    def stats_rows(self, tenant: str, item: str, scenario: str | None) -> list[ItemStats]:
        """Return the item's statistics in the scenario, in each if none is named; raise UnknownTenantError."""
        ...


class Worlds(Protocol):
    """What gives the world that serves; `serving.generations.switch.Switch` is one."""

    @property
    def world(self) -> StatsWorld:
        """The world; raises NotReadyError while there is none."""
        ...


@dataclass(frozen=True, slots=True)
class BehaviorService:
    """Serves `recommender.v1.BehaviorService`; errors become statuses in `interceptors/errors.py`."""

    worlds: Worlds
    at_least: AtLeast
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

    async def GetStats(self, request: pb.GetStatsRequest, context: Any) -> pb.Stats:  # noqa: N802
        """Return what was done with an item; raise InvalidFieldError, UnknownTenantError or what waiting raises."""
        check_id(request.item_id, "item_id")
        scenario = request.scenario_id or None
        if scenario is not None:
            check_name(scenario, "scenario_id", MAX_SCENARIO)
        now = self.clock()
        as_of = check_as_of(request.as_of_ms if request.HasField("as_of_ms") else now, now)
        asked = (request.tenant_id, request.item_id, scenario)
        await self.at_least.reach(request.at_least, of_stats(*asked))
        rows = self.worlds.world.stats_rows(*asked)
        return pb.Stats(
            item_id=request.item_id,
            last_hour=_told(last_hours(rows, as_of, 1)),
            last_day=_told(last_hours(rows, as_of, 24)),
            all_time=_told(all_time(rows, as_of)),
        )

    async def _written(self, event: Packed) -> pb.TrackedEvent:
        origin = await self.producer.deliver(event.parcel)
        self.metrics.tracked.inc()
        return pb.TrackedEvent(event_id=event.event_id, position=log_position(origin))


def _told(stretch: Stretch) -> pb.ActionCounts:
    return pb.ActionCounts(**stretch._asdict())


def log_position(origin: Origin) -> LogPosition:
    """Return where an event was written, in the contract's terms."""
    return LogPosition(topic=origin.topic, partition=origin.partition, offset=origin.offset)
