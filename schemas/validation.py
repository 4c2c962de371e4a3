"""The limits that the schemas' docs state, checked: what Avro's types cannot say.

`check` runs for every record at the edges (producer, gRPC) and again before every fold, for a topic may hold what
another client wrote. So it is one plain function per event, whose valid case is a few comparisons.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import ValidationError, convert

from schemas.errors import InvalidFieldError
from schemas.records import (
    ACTIONS,
    Action,
    BehaviorEvent,
    Change,
    ItemChange,
    Record,
    Status,
    UserChange,
    UserChangeKind,
)
from schemas.tenancy import MAX_ID_BYTES, check_id, check_tenant
from schemas.text import check_label, check_name, check_text, wrong_type

Event: TypeAlias = BehaviorEvent | ItemChange | UserChange
"""What producers write: every record that comes from outside."""
R = TypeVar("R", bound=Record)

MAX_EVENT_ID: Final = 64
MAX_REQUEST_ID: Final = 128
MAX_SCENARIO: Final = 64
MAX_WORD: Final = 128
"""Characters of a tag, a category, the name of an attribute."""
MAX_VALUE_TEXT: Final = 1024
"""Characters of an attribute's value."""
MAX_TITLE: Final = 512
MAX_AUTHOR: Final = 256
MAX_EVENT_TAGS: Final = 16
MAX_CONTEXT: Final = 16
MAX_CATEGORIES: Final = 32
MAX_TAGS: Final = 64
MAX_ATTRIBUTES: Final = 64
MAX_VALUE: Final = 1e12
MAX_STARS: Final = 5
MAX_POSITION: Final = 2**31 - 1
FIRST_TIME: Final = -62_135_596_800_000
"""0001-01-01, the first day a datetime can show: only what was published may lie before 1970."""
LAST_TIME: Final = 253_402_300_799_999
"""The end of 9999-12-31, the last day a datetime can show."""

_TIMES: Final = ("event_time", "publish_time")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WHERE: Final = re.compile(r"(?P<why>.*) - at .*?\$\.(?P<field>\w+).*", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>\w+)`")

_ACTIONS: Final = frozenset(ACTIONS) - {"unknown"}
_CHANGES: Final = frozenset(Change) - {"unknown"}
_USER_CHANGES: Final = frozenset(UserChangeKind) - {"unknown"}
_STATUSES: Final = frozenset(Status) - {"unknown"}


def check(event: Record) -> None:
    """Raise InvalidFieldError, which names the field, unless the event keeps every limit of its schema.

    Raises TypeError if it is no event: rows and dead letters are written by Tideline alone.
    """
    try:
        check_fields = _CHECKS[type(event)]
    except KeyError:
        raise TypeError(f"a {type(event).__name__} is no event: only events are checked") from None
    check_fields(event)


def all_valid(events: Sequence[Record]) -> bool:
    """Tell that `check` would take every one of these decoded events, at a third of its cost; False means: ask it.

    What many events share is looked at once. Only behaviour comes in such numbers; for others the answer is False.
    """
    if not events or type(events[0]) is not BehaviorEvent:
        return False
    behavior: Sequence[BehaviorEvent] = events  # type: ignore[assignment]  # a codec's events are of one type
    times = [event.event_time for event in behavior]
    try:
        for tenant in {event.tenant_id for event in behavior}:
            check_tenant(tenant)
        for scenario in {event.scenario for event in behavior}:
            check_name(scenario, "scenario", MAX_SCENARIO)
        for event in behavior:
            if event.value is not None or event.tags or event.request_id is not None or event.context:
                _check_behavior_event(event)
            elif event.position is not None:
                _check_position(event.position)
    except InvalidFieldError:
        return False
    return (
        _ACTIONS.issuperset({event.action for event in behavior})
        and min(times) >= 0
        and max(times) <= LAST_TIME
        and _are_plain([event.event_id for event in behavior], MAX_EVENT_ID)
        and _are_plain({event.user_id for event in behavior}, MAX_ID_BYTES)
        and _are_plain({event.item_id for event in behavior}, MAX_ID_BYTES)
    )


def _are_plain(words: Collection[str], most: int) -> bool:
    """Tell whether each is 1 to `most` printable ASCII characters."""
    lengths = set(map(len, words))
    joined = "".join(words)
    return min(lengths) > 0 and max(lengths) <= most and joined.isascii() and joined.isprintable()


def parse(record: type[R], fields: Mapping[str, Any]) -> R:
    """Return the event with these fields, checked; raise InvalidFieldError, which names the field.

    Nothing is guessed: an unknown or missing field, a 1.9 or a "3" for a whole number are errors. A time is whole
    milliseconds since 1970 UTC, an aware datetime, or an ISO 8601 string with an offset or Z.
    """
    for name in fields:
        if name not in record.__struct_fields__:
            raise InvalidFieldError(str(name)[:MAX_WORD], f"is not a field of {record.__name__}")
    times = {name: _milliseconds(fields[name], name) for name in _TIMES if name in fields}
    try:
        event = convert({**fields, **times}, record)
    except ValidationError as error:
        raise _named(error) from None
    check(event)
    return event


def check_not_ahead(event: Event, broker_time_ms: int, allowed_ms: int) -> None:
    """Raise InvalidFieldError if the event's time is more than `allowed_ms` after the broker's time for it.

    The broker's time stands in the log, so a replay judges as the first run did; a clock read here would not.
    """
    ahead = event.event_time - broker_time_ms
    if ahead > allowed_ms:
        raise InvalidFieldError("event_time", f"is {ahead} ms ahead of the broker, more than {allowed_ms} ms")


def _check_behavior_event(event: BehaviorEvent) -> None:
    check_name(event.event_id, "event_id", MAX_EVENT_ID)
    check_tenant(event.tenant_id)
    check_id(event.user_id, "user_id")
    check_id(event.item_id, "item_id")
    if not (isinstance(event.action, str) and event.action in _ACTIONS):
        raise _unknown(event.action, "action", _ACTIONS)
    if not (type(event.event_time) is int and 0 <= event.event_time <= LAST_TIME):
        raise _bad_time(event.event_time, "event_time", 0)
    if event.scenario != "default":
        check_name(event.scenario, "scenario", MAX_SCENARIO)
    if event.value is not None:
        _check_value(event.value)
        if event.action == Action.RATE and not 0 <= event.value <= MAX_STARS:
            raise InvalidFieldError("value", f"of a rate must be 0 to {MAX_STARS} stars, not {event.value}")
    if event.tags != []:
        _check_names(event.tags, "tags", MAX_EVENT_TAGS)
    if event.request_id is not None:
        check_name(event.request_id, "request_id", MAX_REQUEST_ID)
    if event.position is not None:
        _check_position(event.position)
    if event.context != {}:
        _check_attributes(event.context, "context", MAX_CONTEXT)


def _check_item_change(event: ItemChange) -> None:
    check_name(event.event_id, "event_id", MAX_EVENT_ID)
    check_tenant(event.tenant_id)
    check_id(event.item_id, "item_id")
    if not (isinstance(event.change, str) and event.change in _CHANGES):
        raise _unknown(event.change, "change", _CHANGES)
    if not (type(event.event_time) is int and 0 <= event.event_time <= LAST_TIME):
        raise _bad_time(event.event_time, "event_time", 0)
    if event.title is not None:
        check_text(event.title, "title", MAX_TITLE)
    if event.categories is not None:
        _check_names(event.categories, "categories", MAX_CATEGORIES)
    if event.tags is not None:
        _check_names(event.tags, "tags", MAX_TAGS)
    if event.author is not None:
        check_text(event.author, "author", MAX_AUTHOR)
    if event.publish_time is not None and not (
        type(event.publish_time) is int and FIRST_TIME <= event.publish_time <= LAST_TIME
    ):
        raise _bad_time(event.publish_time, "publish_time", FIRST_TIME)
    if event.status is not None and not (isinstance(event.status, str) and event.status in _STATUSES):
        raise _unknown(event.status, "status", _STATUSES)
    if event.attributes is not None:
        _check_attributes(event.attributes, "attributes", MAX_ATTRIBUTES)


def _check_user_change(event: UserChange) -> None:
    check_name(event.event_id, "event_id", MAX_EVENT_ID)
    check_tenant(event.tenant_id)
    check_id(event.user_id, "user_id")
    if not (isinstance(event.change, str) and event.change in _USER_CHANGES):
        raise _unknown(event.change, "change", _USER_CHANGES)
    if not (type(event.event_time) is int and 0 <= event.event_time <= LAST_TIME):
        raise _bad_time(event.event_time, "event_time", 0)
    _check_attributes(event.attributes, "attributes", MAX_ATTRIBUTES)
    _check_names(event.removed, "removed", MAX_ATTRIBUTES)
    if event.change == UserChangeKind.ERASE and (event.attributes or event.removed):
        raise InvalidFieldError("attributes" if event.attributes else "removed", "must be empty for an erasure")
    for name in event.removed:
        if name in event.attributes:
            raise InvalidFieldError("removed", f"{name!r} is also set by this change")


_CHECKS: Final[dict[type[Any], Callable[[Any], None]]] = {
    BehaviorEvent: _check_behavior_event,
    ItemChange: _check_item_change,
    UserChange: _check_user_change,
}


def _check_value(value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(value, "value", "a number")
    if not -MAX_VALUE <= value <= MAX_VALUE:  # false for NaN too
        raise InvalidFieldError("value", f"must be a finite number of at most {MAX_VALUE:.0e} either way, not {value}")


def _check_position(position: int) -> None:
    if type(position) is not int:
        raise wrong_type(position, "position", "a whole number")
    if not 0 <= position <= MAX_POSITION:
        raise InvalidFieldError("position", f"must be 0 to {MAX_POSITION}, not {position}")


def _check_names(words: list[str], field: str, most: int) -> None:
    if not isinstance(words, list):
        raise wrong_type(words, field, "a list")
    if len(words) > most:
        raise InvalidFieldError(field, f"must be at most {most}, not {len(words)}")
    for word in words:
        check_label(word, field, MAX_WORD)


def _check_attributes(attributes: dict[str, str], field: str, most: int) -> None:
    if not isinstance(attributes, dict):
        raise wrong_type(attributes, field, "a mapping")
    if len(attributes) > most:
        raise InvalidFieldError(field, f"must be at most {most} entries, not {len(attributes)}")
    for name, value in attributes.items():
        check_label(name, field, MAX_WORD)
        check_text(value, field, MAX_VALUE_TEXT)


def _unknown(word: str, field: str, known: frozenset[str]) -> InvalidFieldError:
    if not isinstance(word, str):
        return wrong_type(word, field, "a word")
    return InvalidFieldError(field, f"must be one of {', '.join(sorted(known))}, not {word[:MAX_WORD]!r}")


def _bad_time(time: int, field: str, first: int) -> InvalidFieldError:
    if type(time) is not int:
        return wrong_type(time, field, "whole milliseconds since 1970 UTC")
    return InvalidFieldError(field, f"must be {first} to {LAST_TIME} milliseconds since 1970 UTC, not {time}")


def _milliseconds(time: Any, field: str) -> Any:
    """Return a datetime or an ISO 8601 string as milliseconds, rounded down; anything else as it is."""
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            raise InvalidFieldError(field, f"{time[:MAX_WORD]!r} is not an ISO 8601 time") from None
    if not isinstance(time, datetime):
        return time
    if time.utcoffset() is None:
        raise InvalidFieldError(
            field, f"{time.isoformat()} has no offset from UTC, so it is not one moment: add Z or +hh:mm"
        )
    return (time - _EPOCH) // timedelta(milliseconds=1)


def _named(error: ValidationError) -> InvalidFieldError:
    """Return msgspec's error as one that names the field."""
    if missing := _MISSING.match(str(error)):
        return InvalidFieldError(missing["field"], "is missing")
    if at := _WHERE.match(str(error)):
        return InvalidFieldError(at["field"], f"{at['why'][0].lower()}{at['why'][1:]}".replace("`", ""))
    return InvalidFieldError("record", str(error))
