"""What may change between two versions and what may not; fastavro agrees wherever bytes can tell."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from schemas.catalog import RECORDS, avro_schema, promised_level
from schemas.governance.evolution import compare

Schema = dict[str, Any]
Edit = Callable[[Schema], Any]


def field(schema: Schema, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(field for field in schema["fields"] if field["name"] == name)
    return found


def without(name: str) -> Edit:
    return lambda schema: schema.update(fields=[field for field in schema["fields"] if field["name"] != name])


def added(**new: Any) -> Edit:
    return lambda schema: schema["fields"].append({"doc": "What it is.", **new})


def changes(name: str, edit: Edit) -> list[tuple[str, str, str | None]]:
    new = copy.deepcopy(avro_schema(name))
    edit(new)
    return [tuple(change) for change in compare(avro_schema(name), new, promised_level(RECORDS[name]))]  # type: ignore[misc]


@pytest.mark.parametrize("name", RECORDS)
def test_the_same_version_has_no_changes(name: str) -> None:
    assert changes(name, lambda schema: None) == []


def test_docs_owner_and_marks_are_no_changes() -> None:
    def edit(schema: Schema) -> None:
        schema.update(doc="said otherwise", owner="platform")
        field(schema, "user_id").pop("personal")

    assert changes("behavior_event", edit) == []


@pytest.mark.parametrize(
    ("name", "edit", "where", "what", "why"),
    [
        (
            "behavior_event",
            lambda s: s.update(name="Behavior"),
            "BehaviorEvent",
            "record renamed from tideline.v1.BehaviorEvent to tideline.v1.Behavior",
            "by its name",
        ),
        ("behavior_event", lambda s: s.update(namespace="tideline.v2"), "BehaviorEvent", "renamed", "by its name"),
        ("behavior_event", without("item_id"), "BehaviorEvent.item_id", "field removed", "had no default"),
        ("behavior_event", added(name="session", type="string"), "BehaviorEvent.session", "field added", "default"),
        ("item", added(name="session", type="string"), "Item.session", "field added", "give it a default"),
        (
            "behavior_event",
            lambda s: field(s, "position").update(type=["null", "long"]),
            "BehaviorEvent.position",
            "type changed from [null, int] to [null, long]",
            "add a new field",
        ),
        (
            "behavior_event",
            lambda s: field(s, "item_id").update(type=["null", "string"]),
            "BehaviorEvent.item_id",
            "type changed from string to [null, string]",
            "add a new field",
        ),
        (
            "behavior_event",
            lambda s: field(s, "tags")["type"].update(items="bytes"),
            "BehaviorEvent.tags",
            "type changed from string to bytes",
            "add a new field",
        ),
        (
            "behavior_event",
            lambda s: field(s, "context")["type"].update(values="long"),
            "BehaviorEvent.context",
            "type changed from string to long",
            "add a new field",
        ),
        (
            "behavior_event",
            lambda s: field(s, "event_time")["type"].update(logicalType="timestamp-micros"),
            "BehaviorEvent.event_time",
            "logical type changed from timestamp-millis to timestamp-micros",
            "mean something else",
        ),
        (
            "behavior_event",
            lambda s: field(s, "event_time").update(type="long"),
            "BehaviorEvent.event_time",
            "type changed from timestamp-millis to None",
            "mean something else",
        ),
        (
            "item_change",
            lambda s: field(s, "publish_time")["type"][1].pop("logicalType"),
            "ItemChange.publish_time",
            "logical type changed",
            "mean something else",
        ),
        (
            "behavior_event",
            lambda s: field(s, "scenario").update(default="home"),
            "BehaviorEvent.scenario",
            "default changed from 'default' to 'home'",
            "change their meaning",
        ),
        (
            "behavior_event",
            lambda s: field(s, "scenario").pop("default"),
            "BehaviorEvent.scenario",
            "default changed from 'default' to none",
            "change their meaning",
        ),
        (
            "behavior_event",
            lambda s: field(s, "action")["type"]["symbols"].remove("share"),
            "BehaviorEvent.action",
            "symbol share removed",
            "older records hold it",
        ),
        (
            "item_change",
            lambda s: field(s, "status")["type"][1]["symbols"].remove("hidden"),
            "ItemChange.status",
            "symbol hidden removed",
            "older records hold it",
        ),
        (
            "behavior_event",
            lambda s: field(s, "action")["type"]["symbols"].insert(3, "teleport"),
            "BehaviorEvent.action",
            "symbols reordered",
            "index",
        ),
        (
            "behavior_event",
            lambda s: field(s, "action")["type"].update(default="view"),
            "BehaviorEvent.action",
            "enum default changed from unknown to view",
            "read as another",
        ),
        (
            "behavior_event",
            lambda s: field(s, "action")["type"].update(name="Act"),
            "BehaviorEvent.action",
            "enum renamed",
            "by its name",
        ),
        (
            "item",
            lambda s: field(s, "stamps")["packed"].update(format="<qq"),
            "Item.stamps",
            "packed layout changed",
            "older rows",
        ),
        (
            "dead_letter",
            lambda s: field(s, "headers")["type"]["items"]["fields"].pop(0),
            "DeadLetter.headers.name",
            "field removed",
            "had no default",
        ),
    ],
)
def test_what_is_refused(name: str, edit: Edit, where: str, what: str, why: str) -> None:
    refused = [change for change in changes(name, edit) if change[2]]
    assert [change[0] for change in refused] == [where]
    assert what in refused[0][1]
    assert why in str(refused[0][2])


@pytest.mark.parametrize(
    ("name", "edit", "where", "what"),
    [
        ("behavior_event", added(name="session", type="string", default=""), "BehaviorEvent.session", "field added"),
        ("behavior_event", without("context"), "BehaviorEvent.context", "field removed"),
        ("item", without("title"), "Item.title", "field removed"),
        (
            "behavior_event",
            lambda s: field(s, "action")["type"]["symbols"].append("teleport"),
            "BehaviorEvent.action",
            "symbol teleport added",
        ),
        ("behavior_event", lambda s: s["fields"].reverse(), "BehaviorEvent", "fields reordered"),
    ],
)
def test_what_is_allowed(name: str, edit: Edit, where: str, what: str) -> None:
    assert changes(name, edit) == [(where, what, None)]


def test_a_row_may_lose_a_field_that_an_event_may_not() -> None:
    new = copy.deepcopy(avro_schema("behavior_event"))
    without("item_id")(new)
    assert [change.refused for change in compare(avro_schema("behavior_event"), new, "BACKWARD_TRANSITIVE")] == [None]


def test_an_enum_that_had_no_default_takes_no_symbol() -> None:
    old = copy.deepcopy(avro_schema("behavior_event"))
    field(old, "action")["type"].pop("default")
    new = copy.deepcopy(old)
    field(new, "action")["type"]["symbols"].append("teleport")
    [change] = compare(old, new, "FULL_TRANSITIVE")
    assert "readers without an enum default fail on it" in str(change.refused)
