"""What bad input gets: one dead letter each, whole, with its origin; its neighbours are folded and nothing waits."""

import time
from dataclasses import dataclass
from functools import partial

import pytest
from confluent_kafka import KafkaError, Message
from msgspec.structs import replace

from agents.runtime.intake import Reason
from schemas.codec import PREFIX
from schemas.records import BehaviorEvent, DeadLetter, UserActivity
from tests.integration.conftest import Platform, settled
from topics.catalog import BEHAVIOR, dead_letters
from topics.changelogs import USER_ACTIVITY
from topics.headers import Origin
from topics.producer import LogProducer

pytestmark = pytest.mark.integration

TENANT = "badinput"
GOOD = BehaviorEvent("good-0", TENANT, "u1", "i1", "click", 1_700_000_000_000)
KEY = f"{TENANT}/u1".encode()


@dataclass(frozen=True)
class Bad:
    value: bytes | None
    reason: Reason
    key: bytes = KEY


def bad_records(platform: Platform) -> dict[str, Bad]:
    codec = platform.codecs.of(BEHAVIOR)
    year_ahead = int(time.time() * 1000) + 365 * 86_400_000

    def event(**change: object) -> bytes:
        return codec.encode(replace(GOOD, **change))

    return {
        "not avro": Bad(b"not avro at all", Reason.NOT_FRAMED),
        "an unknown schema id": Bad(PREFIX.pack(0, 999_999) + b"abc", Reason.UNKNOWN_SCHEMA),
        "a truncated record": Bad(codec.encode(GOOD)[:-5], Reason.UNDECODABLE),
        "a null value": Bad(None, Reason.NULL_VALUE),
        "a value of 2 MB": Bad(codec.encode(GOOD) + bytes(2_000_000), Reason.TOO_LARGE),
        "an unknown action": Bad(event(action="unknown"), Reason.INVALID_FIELD),
        "a year ahead": Bad(event(event_time=year_ahead), Reason.INVALID_FIELD),
        "an empty user": Bad(event(user_id=""), Reason.INVALID_FIELD, f"{TENANT}/".encode()),
        "an id of 10 kB": Bad(event(item_id="i" * 10_000), Reason.INVALID_FIELD),
        "control characters in a tenant": Bad(
            event(tenant_id="bad\x1binput"), Reason.INVALID_FIELD, b"bad\x1binput/u1"
        ),
        "a foreign key": Bad(event(), Reason.WRONG_KEY, f"{TENANT}/somebody".encode()),
    }


async def test_bad_records_become_letters_and_their_neighbours_rows(platform: Platform) -> None:
    codec = platform.codecs.of(BEHAVIOR)
    bad = bad_records(platform)
    places: dict[str, Origin] = {}
    with LogProducer(platform.kafka) as producer:
        for number, (name, record) in enumerate(bad.items()):
            good = codec.encode(replace(GOOD, event_id=f"good-{number}"))
            producer.send(BEHAVIOR.name, KEY, good)
            producer.send(
                BEHAVIOR.name,
                record.key,
                record.value,
                headers=[("traceparent", b"00-abc")],
                on_delivery=partial(remember, places, name),
            )
            producer.flush()
    assert places.keys() == bad.keys()

    async with platform.tideline.start("worker", "worker"):
        await settled(platform)

    letters = [letter for letter in read_letters(platform) if letter.key is None or TENANT.encode() in letter.key]
    by_place = {Origin(letter.topic, letter.partition, letter.offset): letter for letter in read_letters(platform)}
    for name, record in bad.items():
        letter = by_place[places[name]]
        assert (letter.reason, letter.value, letter.key) == (record.reason, record.value, record.key), name
        assert [(header.name, header.value) for header in letter.headers] == [("traceparent", b"00-abc")], name
    assert len(letters) <= len(bad)
    assert platform.rows(USER_ACTIVITY, UserActivity, TENANT)[KEY].totals == {"click": len(bad)}


def remember(places: dict[str, Origin], name: str, error: KafkaError | None, message: Message) -> None:
    assert error is None
    places[name] = Origin(str(message.topic()), message.partition() or 0, message.offset() or 0)


def read_letters(platform: Platform) -> list[DeadLetter]:
    topic = dead_letters(BEHAVIOR)
    codec = platform.codecs.of(topic)
    return [codec.decode(record.value()) for record in platform.records(topic)]
