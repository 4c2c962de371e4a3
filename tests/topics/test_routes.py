"""Routes: only valid events, each to its topic under its key."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs, local_codecs
from schemas.records import BehaviorEvent, ItemChange, UserChange
from schemas.tenancy import TenantKey
from schemas.validation import Event
from tests.strategies import behavior_events, item_changes, user_changes
from topics.catalog import BEHAVIOR, EVENTS, ITEM_CHANGE, USER_CHANGE
from topics.routes import MAX_EVENT_BYTES, SUBJECTS, complete, pack

CODECS: Codecs = local_codecs(SUBJECTS)
CLICK: dict[str, Any] = {"tenant_id": "demo", "user_id": "u1", "item_id": "i1", "action": "click"}


@given(event=behavior_events() | item_changes() | user_changes())
def test_an_event_goes_whole_to_its_topic_under_its_key(event: Event) -> None:
    parcel = pack(event, CODECS)
    topic, key = {
        BehaviorEvent: (BEHAVIOR, getattr(event, "user_id", "")),
        ItemChange: (ITEM_CHANGE, getattr(event, "item_id", "")),
        UserChange: (USER_CHANGE, getattr(event, "user_id", "")),
    }[type(event)]
    assert parcel.topic == topic.name
    assert parcel.key == TenantKey(event.tenant_id, key).encode()
    assert CODECS.of(topic).decode(parcel.value) == event


def test_what_is_absent_is_filled() -> None:
    before = time.time_ns() // 1_000_000
    event = complete(BehaviorEvent, CLICK)
    assert before <= event.event_time <= time.time_ns() // 1_000_000
    assert event.event_id[14] == "7"
    assert complete(BehaviorEvent, CLICK).event_id != event.event_id


def test_what_is_given_stays() -> None:
    event = complete(BehaviorEvent, {**CLICK, "event_id": "mine", "event_time": "1996-02-01T00:00:00Z"})
    assert (event.event_id, event.event_time) == ("mine", 823132800000)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"user_id": ""}, "user_id"),
        ({"user_id": "u" * 10_000}, "user_id"),
        ({"tenant_id": "de\x07mo"}, "tenant_id"),
        ({"action": "stare"}, "action"),
        ({"event_time": "yesterday"}, "event_time"),
        ({"position": 1.9}, "position"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_refusal_names_the_field(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        complete(BehaviorEvent, {**CLICK, **wrong})
    assert refused.value.field == named


@given(record=st.sampled_from([topic.record for topic in EVENTS]))
def test_a_missing_field_is_named(record: type[Any]) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        complete(record, {})
    assert refused.value.field == "tenant_id"


def test_an_event_larger_than_rows_may_grow_is_refused() -> None:
    attributes = {f"name{number}": "é" * 1024 for number in range(40)}
    change = ItemChange("e1", "demo", "i1", "update", 0, attributes=attributes)
    with pytest.raises(InvalidFieldError, match=f"attributes: .*more than the {MAX_EVENT_BYTES:,} allowed"):
        pack(change, CODECS)
