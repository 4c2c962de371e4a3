"""Limits: every one that a schema's doc states, and that what is checked can be written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields as fields_of
from msgspec.structs import replace

from schemas.errors import InvalidFieldError
from schemas.governance.examples import EXAMPLES
from schemas.loading import local_codecs
from schemas.records import Action, BehaviorEvent, Item, ItemChange, Record, UserChange
from schemas.validation import LAST_TIME, all_valid, check, check_not_ahead
from tests.strategies import behavior_events, item_changes, user_changes

EVENT: Any = EXAMPLES[BehaviorEvent][0]
ITEM: Any = EXAMPLES[ItemChange][0]
USER: Any = EXAMPLES[UserChange][0]
ERASURE: Any = EXAMPLES[UserChange][1]
CODECS = local_codecs({record.__name__: record for record in (BehaviorEvent, ItemChange, UserChange)})

ODD: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from(["view", "create", "update", "erase", "active", "default", "tenant", Action.VIEW]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)


@given(behavior_events() | item_changes() | user_changes())
def test_a_valid_event_passes(event: Record) -> None:
    check(event)


@given(st.sampled_from([EVENT, ITEM, USER]), st.data())
def test_what_passes_can_be_written_and_reads_back_equal(event: Record, data: st.DataObject) -> None:
    """Whatever a caller puts into a field: an error that names a field of the record, or a record that is written."""
    names = [field.name for field in fields_of(type(event))]
    odd = data.draw(st.dictionaries(st.sampled_from(names), ODD, min_size=1, max_size=2))
    changed = replace(event, **odd)
    try:
        check(changed)
    except InvalidFieldError as error:
        named = error.field
    else:
        codec = CODECS.codec_for(type(event).__name__, type(event))
        assert codec.decode(codec.encode(changed)) == changed
        named = names[0]
    assert named in names


COMMON = [
    ("event_id", "", "empty"),
    ("event_id", "x" * 65, "at most 64"),
    ("event_id", "a\tb", "control"),
    ("event_id", "a\u200bb", "printable"),
    ("event_id", None, "must be text, not NoneType"),
    ("tenant_id", "", "empty"),
    ("tenant_id", "Tenant", "a-z"),
    ("tenant_id", "a\x07", "a-z"),
    ("event_time", -1, "must be 0 to"),
    ("event_time", LAST_TIME + 1, "must be 0 to"),
    ("event_time", 2**63, "must be 0 to"),
    ("event_time", 1.9, "not float"),
    ("event_time", True, "not bool"),
    ("event_time", None, "not NoneType"),
]
IDS = ["", "x" * 257, "é" * 129, "x" * 10_000, "a\x00b", "\ud800", 7]


@pytest.mark.parametrize("event", [EVENT, ITEM, USER], ids=lambda event: type(event).__name__)
@pytest.mark.parametrize(("field", "value", "why"), COMMON)
def test_what_every_event_refuses(event: Any, field: str, value: Any, why: str) -> None:
    refuses(event, field, value, why)


@pytest.mark.parametrize("value", IDS)
@pytest.mark.parametrize(
    ("event", "field"), [(EVENT, "user_id"), (EVENT, "item_id"), (ITEM, "item_id"), (USER, "user_id")]
)
def test_bad_ids_are_refused(event: Any, field: str, value: Any) -> None:
    refuses(event, field, value, "must")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("action", "unknown", "must be one of click, comment"),
        ("action", "teleport", "not 'teleport'"),
        ("action", "View", "not 'View'"),
        ("action", ["view"], "must be a word, not list"),
        ("scenario", "", "empty"),
        ("scenario", "x" * 65, "at most 64"),
        ("scenario", "a\x00", "control"),
        ("value", float("nan"), "finite"),
        ("value", float("inf"), "finite"),
        ("value", -1.1e12, "1e"),
        ("value", "3", "must be a number, not str"),
        ("value", True, "not bool"),
        ("tags", ["t"] * 17, "at most 16, not 17"),
        ("tags", [""], "empty"),
        ("tags", ["x" * 129], "at most 128"),
        ("tags", ["a\x00b"], "control"),
        ("tags", ["a\nb"], "control"),
        ("tags", ("t",), "must be a list, not tuple"),
        ("tags", "tag", "must be a list, not str"),
        ("tags", None, "must be a list, not NoneType"),
        ("tags", [1], "must be text, not int"),
        ("request_id", "", "empty"),
        ("request_id", "x" * 129, "at most 128"),
        ("position", -1, "must be 0 to 2147483647"),
        ("position", 2**31, "must be 0 to 2147483647"),
        ("position", 1.9, "must be a whole number, not float"),
        ("context", {str(number): "" for number in range(17)}, "at most 16 entries, not 17"),
        ("context", {"": "a"}, "empty"),
        ("context", {"a": "x" * 1025}, "at most 1024"),
        ("context", {"a": "b\x00"}, "control"),
        ("context", {"a": "\ud800"}, "control"),
        ("context", {"a": 1}, "must be text, not int"),
        ("context", [("a", "b")], "must be a mapping, not list"),
    ],
)
def test_what_a_behavior_event_refuses(field: str, value: Any, why: str) -> None:
    refuses(EVENT, field, value, why)


@pytest.mark.parametrize("stars", [-0.5, 5.5])
def test_a_rate_has_zero_to_five_stars(stars: float) -> None:
    refuses(replace(EVENT, action="rate"), "value", stars, "0 to 5 stars")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("change", "unknown", "must be one of create, delete, update"),
        ("change", "destroy", "not 'destroy'"),
        ("title", "x" * 513, "at most 512"),
        ("title", "a\x00", "control"),
        ("title", 7, "must be text, not int"),
        ("categories", ["c"] * 33, "at most 32"),
        ("tags", ["t"] * 65, "at most 64"),
        ("author", "x" * 257, "at most 256"),
        ("publish_time", 1.5, "not float"),
        ("publish_time", LAST_TIME + 1, "milliseconds since 1970"),
        ("publish_time", -(2**63), "milliseconds since 1970"),
        ("status", "unknown", "must be one of active, deleted, hidden"),
        ("status", "gone", "not 'gone'"),
        ("attributes", {str(number): "" for number in range(65)}, "at most 64"),
    ],
)
def test_what_an_item_change_refuses(field: str, value: Any, why: str) -> None:
    refuses(ITEM, field, value, why)


@pytest.mark.parametrize(
    ("event", "field", "value", "why"),
    [
        (USER, "change", "unknown", "must be one of erase, update"),
        (USER, "attributes", {str(number): "" for number in range(65)}, "at most 64"),
        (USER, "attributes", None, "must be a mapping"),
        (USER, "removed", [str(number) for number in range(65)], "at most 64"),
        (USER, "removed", ["country"], "'country' is also set"),
        (ERASURE, "attributes", {"a": "b"}, "must be empty for an erasure"),
        (ERASURE, "removed", ["a"], "must be empty for an erasure"),
    ],
)
def test_what_a_user_change_refuses(event: Any, field: str, value: Any, why: str) -> None:
    refuses(event, field, value, why)


@pytest.mark.parametrize(
    "event",
    [
        replace(EVENT, action=Action.VIEW),
        replace(EVENT, value=3),
        replace(EVENT, action=Action.PURCHASE, value=-1e12),
        replace(EVENT, action=Action.RATE, value=0),
        replace(EVENT, event_time=0),
        replace(EVENT, event_time=LAST_TIME),
        replace(EVENT, user_id="é" * 128),
        replace(EVENT, tags=["می\u200cخواهم", "👩\u200d🚀"]),
        replace(EVENT, context={"referrer": "line one\nline two\ttab"}),
        replace(ITEM, publish_time=-2_000_000_000_000),
        replace(ITEM, title="", categories=[], tags=[], attributes={}),
    ],
    ids=repr,
)
def test_what_is_allowed_at_the_edge(event: Record) -> None:
    check(event)


def test_a_row_is_no_event() -> None:
    with pytest.raises(TypeError, match="Item is no event"):
        check(Item())


@given(behavior_events(), st.integers(0, 10**13), st.integers(0, 10**9))
def test_an_event_may_be_ahead_of_the_broker_by_what_is_allowed(event: BehaviorEvent, time: int, allowed: int) -> None:
    at_the_limit = replace(event, event_time=time + allowed)
    check_not_ahead(at_the_limit, time, allowed)
    with pytest.raises(InvalidFieldError, match=f"event_time: is {allowed + 1} ms ahead"):
        check_not_ahead(replace(event, event_time=time + allowed + 1), time, allowed)


def refuses(event: Any, field: str, value: Any, why: str) -> None:
    """Assert that the event with this value is refused, the field named and the reason short."""
    with pytest.raises(InvalidFieldError, match=why) as caught:
        check(replace(event, **{field: value}))
    assert caught.value.field == field
    assert len(str(caught.value)) < 300


@given(st.lists(behavior_events(), max_size=5), st.data())
def test_events_that_are_all_valid_are_each(events: list[BehaviorEvent], data: st.DataObject) -> None:
    """`all_valid` may not know, but what it takes is what `check` takes, one by one."""
    if events:
        name, value = data.draw(st.sampled_from(SPOILED))
        place = data.draw(st.integers(0, len(events) - 1))
        events[place] = replace(events[place], **{name: value})
    valid = all(is_valid(event) for event in events)
    assert not all_valid(events) or valid


@given(st.lists(behavior_events(), min_size=1, max_size=5))
def test_plain_events_are_known_to_be_valid(events: list[BehaviorEvent]) -> None:
    plain = [replace(event, event_id="e", user_id="u", item_id="i") for event in events]
    assert all_valid(plain)


def is_valid(event: BehaviorEvent) -> bool:
    try:
        check(event)
    except InvalidFieldError:
        return False
    return True


SPOILED: list[tuple[str, Any]] = [
    ("event_id", ""),
    ("event_id", "x" * 65),
    ("event_id", "a\nb"),
    ("tenant_id", "UPPER"),
    ("user_id", ""),
    ("user_id", "u" * 257),
    ("item_id", "\x00"),
    ("item_id", "é" * 129),
    ("action", "unknown"),
    ("event_time", -1),
    ("event_time", 2**60),
    ("scenario", ""),
    ("value", float("nan")),
    ("tags", [""]),
    ("request_id", ""),
    ("position", -1),
    ("context", {"": "x"}),
    ("user_id", "u"),
]
