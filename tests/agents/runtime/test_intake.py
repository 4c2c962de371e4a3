"""Whatever bytes a record holds, they become an event or a dead letter that holds all of them."""

from dataclasses import replace
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT, item_key, user_key
from agents.runtime.intake import Intake, Limits, Reason, schema_ids, take_in
from schemas.codec import PREFIX
from schemas.loading import local_codecs
from schemas.records import BehaviorEvent
from tests.strategies import behavior_events
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.headers import ORIGIN, Origin
from topics.partitioning import partition_of

CODECS = local_codecs({topic.subject: topic.record for topic in (BEHAVIOR, ACCEPTED)})
CODEC = CODECS.of(BEHAVIOR)
PARTITIONS = 4
LIMITS = Limits(max_bytes=64 << 10, ahead_ms=86_400_000, partitions=PARTITIONS)
EVENT = BehaviorEvent("e1", "acme", "u1", "i1", "click", 1_700_000_000_000)


def record(value: bytes | None, **fields: Any) -> ConsumerRecord:
    """A record of EVENT's key, or another, in the partition of that key, or another."""
    key = fields.get("key", user_key(EVENT))
    plain = ConsumerRecord(
        topic=BEHAVIOR.name,
        partition=partition_of(key or b"", PARTITIONS),
        offset=7,
        timestamp=EVENT.event_time,
        timestamp_type=1,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=(("traceparent", b"00-1"),),
    )
    return replace(plain, **fields)


def only_letter(intake: Intake) -> str:
    assert intake.events == []
    [letter] = intake.letters
    return letter.reason


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda tail: PREFIX.pack(0, CODEC.schema_id) + tail))
def test_no_bytes_stop_the_stream_and_none_are_lost(value: bytes) -> None:
    bad = record(value)
    intake = take_in(BEHAVIOR_AGENT, CODEC, [bad], LIMITS)
    assert len(intake.events) + len(intake.letters) == 1
    for letter in intake.letters:
        assert (letter.value, letter.topic, letter.partition, letter.offset) == (value, bad.topic, bad.partition, 7)
        assert [(header.name, header.value) for header in letter.headers] == [("traceparent", b"00-1")]


@given(behavior_events(times=st.integers(0, EVENT.event_time)))
def test_a_valid_event_is_taken_in_with_its_place(event: BehaviorEvent) -> None:
    good = record(CODEC.encode(event), key=user_key(event))
    intake = take_in(BEHAVIOR_AGENT, CODEC, [good], LIMITS)
    [sourced] = intake.events
    assert (sourced.event, sourced.partition, sourced.offset) == (event, good.partition, 7)
    assert intake.payloads == {7: CODEC.encode(event)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"action": "unknown"}, Reason.INVALID_FIELD),
        ({"user_id": ""}, Reason.INVALID_FIELD),
        ({"user_id": "u" * 10_000}, Reason.INVALID_FIELD),
        ({"tenant_id": "ac\x07me"}, Reason.INVALID_FIELD),
        ({"event_time": EVENT.event_time + 365 * 86_400_000}, Reason.INVALID_FIELD),
        ({"value": float("nan")}, Reason.INVALID_FIELD),
    ],
)
def test_what_breaks_a_rule_is_named(change: dict[str, Any], reason: Reason) -> None:
    value = CODEC.encode(changed(EVENT, **change))
    intake = take_in(BEHAVIOR_AGENT, CODEC, [record(value)], LIMITS)
    assert only_letter(intake) == reason
    assert next(iter(change)) in intake.letters[0].detail


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": None}, Reason.NULL_VALUE),
        ({"value": b"\x00" * (2 << 20)}, Reason.TOO_LARGE),
        ({"value": b"not avro"}, Reason.NOT_FRAMED),
        ({"value": PREFIX.pack(0, 999) + b"x"}, Reason.UNKNOWN_SCHEMA),
        ({"value": CODEC.encode(EVENT)[:-4]}, Reason.UNDECODABLE),
        ({"value": CODEC.encode(EVENT) + b"x"}, Reason.UNDECODABLE),
        ({"value": CODEC.encode(EVENT), "key": b"acme/somebody else"}, Reason.WRONG_KEY),
        ({"value": CODEC.encode(EVENT), "key": None}, Reason.WRONG_KEY),
    ],
)
def test_what_is_no_event_is_told_apart(fields: dict[str, Any], reason: Reason) -> None:
    assert only_letter(take_in(BEHAVIOR_AGENT, CODEC, [record(**fields)], LIMITS)) == reason


def test_a_key_in_another_partition_than_its_own_is_told_apart() -> None:
    own = record(CODEC.encode(EVENT)).partition
    misplaced = record(CODEC.encode(EVENT), partition=(own + 1) % PARTITIONS)
    assert only_letter(take_in(BEHAVIOR_AGENT, CODEC, [misplaced], LIMITS)) == Reason.WRONG_PARTITION


def test_neighbours_of_a_bad_record_are_taken_in() -> None:
    good = CODEC.encode(EVENT)
    records = [record(good, offset=1), record(b"bad", offset=2), record(good, offset=3)]
    intake = take_in(BEHAVIOR_AGENT, CODEC, records, LIMITS)
    assert [sourced.offset for sourced in intake.events] == [1, 3]
    assert [letter.offset for letter in intake.letters] == [2]


def test_an_event_that_travelled_has_its_origin() -> None:
    origin = Origin(BEHAVIOR.name, 3, 41)
    value = CODECS.of(ACCEPTED).encode(EVENT)
    travelled = record(value, key=item_key(EVENT), headers=((ORIGIN, origin.encode()),))
    [sourced] = take_in(AUDIENCE_AGENT, CODECS.of(ACCEPTED), [travelled], LIMITS).events
    assert (sourced.partition, sourced.offset) == (3, 41)


@pytest.mark.parametrize("headers", [(), ((ORIGIN, b"nonsense"),)])
def test_an_event_without_a_readable_origin_is_no_event(headers: tuple[Any, ...]) -> None:
    travelled = record(CODECS.of(ACCEPTED).encode(EVENT), key=item_key(EVENT), headers=headers)
    assert only_letter(take_in(AUDIENCE_AGENT, CODECS.of(ACCEPTED), [travelled], LIMITS)) == Reason.NO_ORIGIN


def test_schema_ids_are_those_of_framed_values() -> None:
    records = [record(PREFIX.pack(0, 5)), record(b"x"), record(None), record(PREFIX.pack(0, 6) + b"y")]
    assert schema_ids(records) == {5, 6}
