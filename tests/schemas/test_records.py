"""Records and avro/*.avsc say the same: fields, types, defaults, vocabularies."""

from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from msgspec import NODEFAULT, to_builtins
from msgspec.structs import fields as fields_of

from schemas.catalog import RECORDS, avro_schema, promised_level, schema_name
from schemas.governance.nodes import named_types
from schemas.records import (
    ACTION_INDEX,
    ACTIONS,
    Action,
    Change,
    GenerationStatus,
    Outcome,
    RebuildMethod,
    Record,
    Row,
    Status,
    UserChangeKind,
)

PRIMITIVES = {"string": str, "long": int, "int": int, "double": float, "bytes": bytes}
VOCABULARIES = {
    "Action": Action,
    "Change": Change,
    "GenerationStatus": GenerationStatus,
    "Outcome": Outcome,
    "RebuildMethod": RebuildMethod,
    "Status": Status,
    "UserChangeKind": UserChangeKind,
}

every_record = pytest.mark.parametrize("name", RECORDS)


def avro_fields(name: str) -> dict[str, dict[str, Any]]:
    """Return the fields by name; those whose words are joined as what they are in a record."""
    words = {"type": {"type": "array", "items": "string"}, "default": []}
    fields = avro_schema(name)["fields"]
    return {field["name"]: {**field, **words} if "joined" in field else field for field in fields}


def agrees(node: Any, hint: Any) -> bool:
    """Tell whether an Avro type and a Python annotation are the same type."""
    if isinstance(node, list):
        return (
            get_origin(hint) in (Union, UnionType)
            and NoneType in get_args(hint)
            and agrees(node[1], get_args(hint)[0])
        )
    kind = node["type"] if isinstance(node, dict) else node
    match kind:
        case "array":
            return get_origin(hint) is list and agrees(node["items"], get_args(hint)[0])
        case "map":
            key, value = get_args(hint)
            return get_origin(hint) is dict and key is str and agrees(node["values"], value)
        case "enum":
            return hint is str
        case "record":
            hints = get_type_hints(hint)
            return {field["name"] for field in node["fields"]} == hints.keys() and all(
                agrees(field["type"], hints[field["name"]]) for field in node["fields"]
            )
        case _:
            return PRIMITIVES[kind] is hint


def test_every_file_has_its_record() -> None:
    assert {path.name for path in (files("schemas") / "avro").iterdir()} == {f"{name}.avsc" for name in RECORDS}


@every_record
def test_names_agree(name: str) -> None:
    assert avro_schema(name)["name"] == RECORDS[name].__name__
    assert schema_name(RECORDS[name]) == name


@every_record
def test_fields_and_types_agree(name: str) -> None:
    hints = get_type_hints(RECORDS[name])
    fields = avro_fields(name)
    assert fields.keys() == hints.keys()
    assert [field for field in fields if not agrees(fields[field]["type"], hints[field])] == []


@every_record
def test_defaults_agree(name: str) -> None:
    """An enum field alone is required here though its symbol has a default: no event means `unknown`."""
    fields = avro_fields(name)
    for field in fields_of(RECORDS[name]):
        avro = fields[field.name]
        if isinstance(avro["type"], dict) and avro["type"]["type"] == "enum" and field.default is NODEFAULT:
            assert avro["default"] == avro["type"]["default"]
            continue
        default = field.default if field.default_factory is NODEFAULT else field.default_factory()
        assert avro.get("default", NODEFAULT) == (default if default is NODEFAULT else to_builtins(default)), (
            field.name
        )


@every_record
def test_vocabularies_agree(name: str) -> None:
    for _, node in named_types(avro_schema(name)):
        if node["type"] == "enum":
            assert node["symbols"] == [word.value for word in VOCABULARIES[node["name"]]]


def test_an_actions_index_is_that_of_its_symbol() -> None:
    assert [ACTIONS[index] for index in ACTION_INDEX.values()] == list(ACTION_INDEX)
    assert avro_fields("behavior_event")["action"]["type"]["symbols"] == list(ACTIONS)


@every_record
def test_rows_may_be_rebuilt_and_events_may_not(name: str) -> None:
    record: type[Record] = RECORDS[name]
    assert promised_level(record) == ("BACKWARD_TRANSITIVE" if issubclass(record, Row) else "FULL_TRANSITIVE")


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError, match="no record is named 'nothing'"):
        avro_schema("nothing")
