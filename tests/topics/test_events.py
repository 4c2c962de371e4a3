"""Producers of events: a promise kept is an event in the log, a refusal is nothing in the log."""

import asyncio
import dataclasses
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from schemas.errors import InvalidFieldError
from schemas.loading import local_codecs
from schemas.records import BehaviorEvent
from schemas.tenancy import TenantKey
from topics.admin import TopicAdmin
from topics.catalog import BEHAVIOR, EVENTS
from topics.errors import DeliveryError
from topics.events import AsyncEventProducer, EventProducer
from topics.headers import Origin
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.reader import LogReader
from topics.routes import SUBJECTS, complete, pack
from topics.settings import KafkaSettings

CODECS = local_codecs(SUBJECTS)
NOWHERE = KafkaSettings(bootstrap_servers="127.0.0.1:1")


def clicks(count: int, tenant: str = "producers") -> list[BehaviorEvent]:
    return [
        complete(BehaviorEvent, {"tenant_id": tenant, "user_id": f"u{n % 7}", "item_id": f"i{n}", "action": "click"})
        for n in range(count)
    ]


def stored(reader: LogReader, origins: list[Origin]) -> dict[Origin, tuple[bytes, BehaviorEvent]]:
    """Return what stands in the log at these places: key and event."""
    starts: dict[Partition, int] = {}
    ends: dict[Partition, int] = {}
    for origin in origins:
        at = Partition(origin.topic, origin.partition)
        starts[at] = min(starts.get(at, origin.offset), origin.offset)
        ends[at] = max(ends.get(at, 0), origin.offset + 1)
    found = {
        Origin(*batch.partition, record.offset()): (record.key(), CODECS.of(BEHAVIOR).decode(record.value()))
        for batch in reader.read(starts, ends)
        for record in batch.records
    }
    return {origin: found[origin] for origin in origins}


@pytest.fixture(scope="module")
def topics(kafka: KafkaSettings) -> None:
    admin = TopicAdmin(kafka)
    admin.apply(admin.plan(EVENTS))


def test_a_refusal_names_the_field_and_leaves_nothing_on_its_way() -> None:
    producer = EventProducer(NOWHERE, CODECS)
    with pytest.raises(InvalidFieldError, match="user_id"):
        producer.send(replace(clicks(1)[0], user_id=""))
    producer.close()  # would raise or wait if anything were on its way


@pytest.mark.integration
@pytest.mark.usefixtures("topics")
class TestOnTheBroker:
    def test_each_promise_is_the_place_of_its_event(self, kafka: KafkaSettings, reader: LogReader) -> None:
        events = clicks(500)
        with EventProducer(kafka, CODECS) as producer:
            promises = [producer.send(event) for event in events]
            origins = [promise.result(20) for promise in promises]
        assert len(set(origins)) == len(events)
        for event, (key, found) in zip(events, stored(reader, origins).values(), strict=True):
            assert found == event
            assert key == TenantKey(event.tenant_id, event.user_id).encode()
        partitions = reader.offsets.partitions(BEHAVIOR.name)
        for origin, event in zip(origins, events, strict=True):
            key = TenantKey(event.tenant_id, event.user_id).encode()
            assert origin.partition == partition_of(key, len(partitions))

    def test_the_order_of_one_user_is_kept(self, kafka: KafkaSettings) -> None:
        with EventProducer(kafka, CODECS) as producer:
            origins = [promise.result(20) for promise in [producer.send(event) for event in clicks(100)]]
        for user in range(7):
            offsets = [origin.offset for origin in origins[user::7]]
            assert offsets == sorted(offsets)

    def test_posted_events_are_all_there_once_flushed(self, kafka: KafkaSettings, reader: LogReader) -> None:
        ends = reader.offsets.end(reader.offsets.partitions(BEHAVIOR.name))
        events = clicks(300)
        with EventProducer(kafka, CODECS) as producer:
            for event in events:
                producer.post(event)
            producer.flush()
            found = [
                CODECS.of(BEHAVIOR).decode(record.value())
                for batch in reader.read(ends, reader.offsets.end(ends))
                for record in batch.records
            ]
        assert sorted(found, key=lambda event: event.event_id) == events

    def test_closing_waits_for_confirmation(self, kafka: KafkaSettings) -> None:
        with EventProducer(kafka, CODECS) as producer:
            promises = [producer.send(event) for event in clicks(50)]
        assert all(promise.done() and promise.exception() is None for promise in promises)

    async def test_many_at_a_time_from_a_loop(self, kafka: KafkaSettings, reader: LogReader) -> None:
        events = clicks(500)
        async with AsyncEventProducer(kafka, CODECS) as producer:
            origins = await asyncio.gather(*map(producer.send, events))
        found = await asyncio.to_thread(stored, reader, list(origins))
        assert [event for _, event in found.values()] == events

    async def test_a_sender_that_gives_up_disturbs_no_other(self, kafka: KafkaSettings) -> None:
        first, second = clicks(2)
        async with AsyncEventProducer(kafka, CODECS) as producer:
            impatient = asyncio.create_task(producer.send(first))
            await asyncio.sleep(0)
            impatient.cancel()
            assert (await producer.send(second)).topic == BEHAVIOR.name
            with pytest.raises(asyncio.CancelledError):
                await impatient

    async def test_a_refusal_raises_before_anything_is_written(self, kafka: KafkaSettings, reader: LogReader) -> None:
        partitions = reader.offsets.partitions(BEHAVIOR.name)
        before = await asyncio.to_thread(reader.offsets.end, partitions)
        async with AsyncEventProducer(kafka, CODECS) as producer:
            with pytest.raises(InvalidFieldError, match="action"):
                await producer.send(replace(clicks(1)[0], action="stare"))
        assert await asyncio.to_thread(reader.offsets.end, partitions) == before


@pytest.mark.integration
async def test_what_the_broker_refuses_is_raised_to_its_sender(
    kafka: KafkaSettings, make_topic: Callable[..., str]
) -> None:
    small = make_topic(max_message_bytes="50")
    parcel = dataclasses.replace(pack(clicks(1)[0], CODECS), topic=small)
    async with AsyncEventProducer(kafka, CODECS) as producer:
        with pytest.raises(DeliveryError, match=small):
            await producer.deliver(parcel)
    sync = EventProducer(kafka, CODECS)
    promise = sync.deliver(parcel)
    with pytest.raises(DeliveryError, match=f"1 records failed, .*{small}"):
        sync.flush()
    assert isinstance(promise.exception(0), DeliveryError)
    sync.flush()
    sync.close()
