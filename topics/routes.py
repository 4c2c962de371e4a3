"""Routes: events to what is written, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from schemas.records import BehaviorEvent, ItemChange, Record, UserChange
from schemas.tenancy import TenantKey
from schemas.validation import Event, check, parse
from topics.catalog import BEHAVIOR, EVENTS, ITEM_CHANGE, USER_CHANGE
from topics.errors import UnknownTopicError
from topics.moments import now_ms
from topics.topic import Topic

E = TypeVar("E", bound=Record)

MAX_EVENT_BYTES: Final = 64 << 10
"""Greatest size of an encoded event. Workers refuse a larger one too (TIDELINE_WORKER_MAX_EVENT_BYTES)."""

SUBJECTS: Final[dict[str, type[Record]]] = {topic.subject: topic.record for topic in EVENTS}
"""What a producer of events needs codecs for."""

_ROUTES: Final[dict[type[Event], tuple[Topic, str]]] = {
    BehaviorEvent: (BEHAVIOR, "user_id"),
    ItemChange: (ITEM_CHANGE, "item_id"),
    UserChange: (USER_CHANGE, "user_id"),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event as it is written: its topic, its key, its bytes."""

    topic: str
    key: bytes
    value: bytes


def event_type(topic: str) -> type[Event]:
    """Return what events go to the topic of that name; raise UnknownTopicError if none do."""
    for record, (route, _) in _ROUTES.items():
        if route.name == topic:
            return record
    raise UnknownTopicError(f"events go to {', '.join(route.name for route, _ in _ROUTES.values())}, not to {topic!r}")


def complete(record: type[E], fields: Mapping[str, Any]) -> E:
    """Return the event with these fields; without an `event_id` it gets a UUIDv7, without an `event_time` the present.

    Raises InvalidFieldError, which names the field; see `schemas.validation.parse`.
    """
    filled = {"event_id": str(uuid7()), "event_time": now_ms(), **fields}
    return parse(record, filled)


def pack(event: Event, codecs: Codecs) -> Parcel:
    """Return the event ready to be written; raise InvalidFieldError if it breaks a rule or is larger than 64 KiB."""
    check(event)
    topic, identity = _ROUTES[type(event)]
    value = codecs.of(topic).encode(event)
    if len(value) > MAX_EVENT_BYTES:
        largest = max(event.__struct_fields__, key=lambda field: len(str(getattr(event, field))))
        why = f"makes the event {len(value):,} bytes long, more than the {MAX_EVENT_BYTES:,} allowed"
        raise InvalidFieldError(largest, why)
    return Parcel(topic.name, TenantKey(event.tenant_id, getattr(event, identity)).encode(), value)
