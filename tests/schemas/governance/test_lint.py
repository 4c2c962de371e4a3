"""Each rule refuses a schema that breaks it, and names the field."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from schemas.catalog import RECORDS, avro_schema
from schemas.governance.lint import RULES, lint, lint_record

Schema = dict[str, Any]


def field(schema: Schema, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(field for field in schema["fields"] if field["name"] == name)
    return found


def add(name: str, kind: Any, **attributes: Any) -> Callable[[Schema], None]:
    """Return a change that adds a documented field."""
    return lambda schema: schema["fields"].append({"name": name, "type": kind, "doc": "What it is.", **attributes})


@pytest.mark.parametrize("name", RECORDS)
def test_our_schemas_keep_every_rule(name: str) -> None:
    assert lint_record(name) == []


BREACHES: list[tuple[str, str, Callable[[Schema], Any], str, str]] = [
    (
        "is_avro",
        "item_change",
        lambda s: field(s, "title").update(type="text"),
        "ItemChange",
        "not a whole Avro schema",
    ),
    ("has_docs", "item_change", lambda s: s.pop("doc"), "ItemChange", "has no doc"),
    ("has_docs", "item_change", lambda s: field(s, "title").update(doc=" "), "ItemChange.title", "has no doc"),
    ("has_docs", "item_change", lambda s: field(s, "change")["type"].pop("doc"), "ItemChange.change", "has no doc"),
    (
        "has_docs",
        "dead_letter",
        lambda s: field(s, "headers")["type"]["items"]["fields"][0].pop("doc"),
        "DeadLetter.headers.name",
        "has no doc",
    ),
    ("has_an_owner", "item_change", lambda s: s.pop("owner"), "ItemChange", "has the owner None"),
    ("has_an_owner", "item_change", lambda s: s.update(owner="someone"), "ItemChange", "not one of catalogue"),
    (
        "marks_personal_data",
        "user_change",
        lambda s: field(s, "user_id").pop("personal"),
        "UserChange.user_id",
        "names a person",
    ),
    (
        "marks_personal_data",
        "user_change",
        lambda s: field(s, "attributes").update(personal=True),
        "UserChange.attributes",
        "not one of identifier, behaviour",
    ),
    ("keeps_names", "item_change", lambda s: s.update(namespace="x"), "ItemChange", "not 'tideline.v1'"),
    ("keeps_names", "item_change", lambda s: s.update(name="item_change"), "item_change", "not CamelCase"),
    ("keeps_names", "item_change", add("newField", "string"), "ItemChange.newField", "not snake_case"),
    (
        "keeps_names",
        "item_change",
        lambda s: field(s, "change")["type"]["symbols"].append("MERGE"),
        "ItemChange.change",
        "symbol MERGE is not snake_case",
    ),
    (
        "gives_enums_defaults",
        "item_change",
        lambda s: field(s, "change")["type"].pop("default"),
        "ItemChange.change",
        "needs a default among its symbols",
    ),
    (
        "gives_enums_defaults",
        "item_change",
        lambda s: field(s, "status")["type"][1].pop("default"),
        "ItemChange.status",
        "needs a default among its symbols",
    ),
    ("keeps_times_long", "item_change", add("updated_at", "int"), "ItemChange.updated_at", "a time of type int"),
    ("keeps_times_long", "item_change", add("seen_time", "string"), "ItemChange.seen_time", "a time of type string"),
    ("keeps_times_long", "item_change", add("timestamp", "long"), "ItemChange.timestamp", "logical type"),
    (
        "keeps_times_long",
        "item_change",
        add("seen_time", ["null", "long"], default=None),
        "ItemChange.seen_time",
        "logical type",
    ),
    ("keeps_unions_optional", "item_change", add("extra", ["null", "string"]), "ItemChange.extra", "is a union"),
    (
        "keeps_unions_optional",
        "item_change",
        add("extra", ["string", "null"], default=""),
        "ItemChange.extra",
        "is a union",
    ),
    (
        "keeps_unions_optional",
        "item_change",
        add("extra", ["null", "string", "long"], default=None),
        "ItemChange.extra",
        "is a union",
    ),
    (
        "packs_as_declared",
        "item",
        lambda s: field(s, "stamps")["packed"].update(format="<qq"),
        "Item.stamps",
        "schemas/packing.py has",
    ),
    ("packs_as_declared", "item", lambda s: field(s, "stamps").pop("packed"), "Item.stamps", "layout None"),
    ("packs_as_declared", "item", lambda s: field(s, "stamps").update(type="string"), "Item.stamps", "must be bytes"),
    (
        "packs_as_declared",
        "item",
        add("cells", "bytes", packed={"columns": ["a"], "format": "<q"}),
        "Item.cells",
        "schemas/packing.py has None",
    ),
    ("joins_as_declared", "user_history", lambda s: field(s, "items").pop("joined"), "UserHistory.items", "by None"),
    ("joins_as_declared", "user_history", lambda s: field(s, "items").update(joined=","), "UserHistory.items", "by ,"),
    (
        "joins_as_declared",
        "user_history",
        lambda s: field(s, "items").update(type="bytes"),
        "UserHistory.items",
        "must be a string",
    ),
    (
        "joins_as_declared",
        "item",
        add("words", "string", joined="U+0000"),
        "Item.words",
        "schemas/packing.py has None",
    ),
]


@pytest.mark.parametrize(("rule", "name", "spoil", "where", "why"), BREACHES)
def test_a_breach_is_refused(rule: str, name: str, spoil: Callable[[Schema], Any], where: str, why: str) -> None:
    schema = copy.deepcopy(avro_schema(name))
    spoil(schema)
    problems = lint(schema)
    assert [problem.where for problem in problems] == [where]
    assert why in problems[0].why


def test_every_rule_has_a_breach() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, *_ in BREACHES}


def test_a_row_begins_with_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = copy.deepcopy(avro_schema("item"))
    field(schema, "title").pop("default")
    monkeypatch.setattr("schemas.governance.lint.avro_schema", lambda _: schema)
    assert [str(problem) for problem in lint_record("item")] == ["Item.title: is a field of a row and needs a default"]
