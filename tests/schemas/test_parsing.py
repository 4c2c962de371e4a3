"""Events from plain dicts and JSON: nothing is guessed, and every error names its field."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from schemas.errors import InvalidFieldError
from schemas.records import BehaviorEvent, ItemChange, Record
from schemas.validation import LAST_TIME, parse
from tests.strategies import behavior_events, item_changes, user_changes

GOOD = {"event_id": "e", "tenant_id": "t", "user_id": "u", "item_id": "i", "action": "view", "event_time": 5}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(behavior_events() | item_changes() | user_changes())
def test_json_of_an_event_is_that_event(event: Record) -> None:
    assert parse(type(event), orjson.loads(orjson.dumps(to_builtins(event)))) == event


@given(st.integers(86_400_000, LAST_TIME - 86_400_000), st.integers(-14 * 60, 14 * 60))
def test_a_time_with_an_offset_is_one_moment(time: int, minutes: int) -> None:
    moment = (EPOCH + timedelta(milliseconds=time)).astimezone(timezone(timedelta(minutes=minutes)))
    for spelled in (moment, moment.isoformat()):
        assert parse(BehaviorEvent, {**GOOD, "event_time": spelled}).event_time == time


def test_z_and_fractions_are_read() -> None:
    assert parse(BehaviorEvent, {**GOOD, "event_time": "2024-01-01T00:00:00.1239Z"}).event_time == 1_704_067_200_123


def test_absent_fields_take_their_defaults() -> None:
    assert parse(BehaviorEvent, GOOD) == BehaviorEvent("e", "t", "u", "i", "view", 5)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("event_time", datetime(2024, 1, 1), "no offset from UTC"),
        ("event_time", "2024-01-01T00:00:00", "no offset from UTC"),
        ("event_time", "2024-01-01", "no offset from UTC"),
        ("event_time", "yesterday", "not an ISO 8601 time"),
        ("event_time", "1704067200000", "not an ISO 8601 time"),
        ("event_time", "1969-12-31T23:59:59Z", "must be 0 to"),
        ("event_time", 1.9, "expected int, got float"),
        ("event_time", 2.0, "expected int, got float"),
        ("event_time", True, "expected int, got bool"),
        ("event_time", None, "expected int, got null"),
        ("position", 1.9, "expected int | null, got float"),
        ("position", "3", "expected int | null, got str"),
        ("value", "4.5", "expected float | null, got str"),
        ("user_id", 7, "expected str, got int"),
        ("user_id", None, "expected str, got null"),
        ("tags", "tag", "expected array, got str"),
        ("tags", [1], "expected str, got int"),
        ("context", {"a": 1}, "expected str, got int"),
        ("context", {1: "a"}, "expected str, got int"),
        ("usr_id", "u", "is not a field of BehaviorEvent"),
        ("action", "teleport", "must be one of"),
    ],
)
def test_a_wrong_value_is_refused_and_its_field_named(field: str, value: Any, why: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        parse(BehaviorEvent, {**GOOD, field: value})
    assert caught.value.field == field
    assert why in caught.value.why


@pytest.mark.parametrize("field", GOOD)
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(InvalidFieldError, match=f"{field}: is missing"):
        parse(BehaviorEvent, {name: value for name, value in GOOD.items() if name != field})


def test_every_time_of_an_event_may_be_spelled_out() -> None:
    change = parse(
        ItemChange,
        {
            "event_id": "e",
            "tenant_id": "t",
            "item_id": "i",
            "change": "create",
            "event_time": "1970-01-01T00:00:01Z",
            "publish_time": "1927-02-26T00:00:00+00:00",
        },
    )
    assert (change.event_time, change.publish_time) == (1000, -1_352_160_000_000)
