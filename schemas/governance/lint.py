"""Rules that one schema keeps by itself, whatever came before it."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from schemas.catalog import RECORDS, avro_schema
from schemas.codec import compiled
from schemas.errors import IncompatibleSchemaError
from schemas.governance.nodes import fields, kind, logical_type, named_types, not_null
from schemas.governance.problem import Problem
from schemas.packing import JOINED, MARK, PACKED
from schemas.records import Row

NAMESPACE: Final = "tideline.v1"
OWNERS: Final = frozenset({"recommendation", "catalogue", "identity", "platform"})
PERSONAL: Final = {
    "identifier": "says which person, directly or by a hash",
    "behaviour": "what that person did",
    "profile": "what is known about that person",
    "unknown": "bytes or words of others, which may hold any of it",
}
"""What the mark `personal` of a field may say. A field without the mark holds nothing about a person."""

_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CAMEL: Final = re.compile(r"([A-Z][a-z0-9]*)+")
_TIME: Final = re.compile(r"(.*_)?(time|timestamp|at)")
_PERSON: Final = re.compile(r"(.*_)?users?(_id)?")

Schema = dict[str, Any]
Rule = Callable[[Schema], Iterator[Problem]]


def lint(schema: Schema) -> list[Problem]:
    """Return every breach of every rule; none for a good schema."""
    return [problem for rule in RULES for problem in rule(schema)]


def lint_record(name: str) -> list[Problem]:
    """Return the problems of the schema in avro/<name>.avsc, also as the schema of its record."""
    schema = avro_schema(name)
    return [*lint(schema), *(_row_fields(schema) if issubclass(RECORDS[name], Row) else ())]


def is_avro(schema: Schema) -> Iterator[Problem]:
    """The schema is valid Avro and whole."""
    try:
        compiled(schema)
    except IncompatibleSchemaError as error:
        yield Problem(str(schema.get("name")), str(error))


def has_docs(schema: Schema) -> Iterator[Problem]:
    """Every record, enum and field says what it holds."""
    nodes = [*named_types(schema), *fields(schema)]
    for path, node in nodes:
        if not str(node.get("doc", "")).strip():
            yield Problem(path, "has no doc: say what it holds, its unit and its limits")


def has_an_owner(schema: Schema) -> Iterator[Problem]:
    """Someone answers for the record."""
    if schema.get("owner") not in OWNERS:
        yield Problem(schema["name"], f"has the owner {schema.get('owner')!r}, not one of {', '.join(sorted(OWNERS))}")


def marks_personal_data(schema: Schema) -> Iterator[Problem]:
    """What is about a person is marked, in a fixed vocabulary."""
    for path, field in fields(schema):
        mark = field.get("personal")
        if mark is None and _PERSON.fullmatch(field["name"]):
            yield Problem(path, 'names a person: mark it "personal": "identifier"')
        if mark is not None and mark not in PERSONAL:
            yield Problem(path, f"has the mark personal={mark!r}, not one of {', '.join(PERSONAL)}")


def keeps_names(schema: Schema) -> Iterator[Problem]:
    """One namespace; CamelCase types; snake_case fields and symbols."""
    if schema.get("namespace") != NAMESPACE:
        yield Problem(schema["name"], f"is in namespace {schema.get('namespace')!r}, not {NAMESPACE!r}")
    for path, node in named_types(schema):
        if not _CAMEL.fullmatch(node["name"]):
            yield Problem(path, f"the type {node['name']} is not CamelCase")
        for symbol in node.get("symbols", ()):
            if not _SNAKE.fullmatch(symbol):
                yield Problem(path, f"the symbol {symbol} is not snake_case")
    for path, field in fields(schema):
        if not _SNAKE.fullmatch(field["name"]):
            yield Problem(path, "is not snake_case")


def gives_enums_defaults(schema: Schema) -> Iterator[Problem]:
    """An enum has a default: without one, an older reader fails on a symbol that was added later."""
    for path, node in named_types(schema):
        if node["type"] == "enum" and node.get("default") not in node["symbols"]:
            yield Problem(path, f"the enum {node['name']} needs a default among its symbols, such as `unknown`")


def keeps_times_long(schema: Schema) -> Iterator[Problem]:
    """A time is milliseconds in a long that says so; seconds in an int end in 2038."""
    for path, field in fields(schema):
        node = not_null(field["type"])
        if not _TIME.fullmatch(field["name"]):
            continue
        if kind(node) != "long":
            yield Problem(path, f"is a time of type {kind(node)}: make it a long of logical type timestamp-millis")
        elif logical_type(node) != "timestamp-millis" and field.get("default") != -1:
            yield Problem(path, "is a time: give it the logical type timestamp-millis, or the default -1 for none")


def keeps_unions_optional(schema: Schema) -> Iterator[Problem]:
    """A union is null or one type, null by default: other unions are read by guessing."""
    for path, field in fields(schema):
        branches = field["type"]
        if isinstance(branches, list) and (
            len(branches) != 2 or branches[0] != "null" or field.get("default", 0) is not None
        ):
            yield Problem(path, 'is a union: make it ["null", one type] with the default null')


def packs_as_declared(schema: Schema) -> Iterator[Problem]:
    """A packed field is bytes, and the layout in the schema is the one that the code reads."""
    for path, field in fields(schema):
        packing = PACKED.get(path)
        declared = field.get("packed")
        if packing is None and declared is None:
            continue
        ours = packing and {"columns": list(packing.columns), "format": packing.format}
        if declared != ours:
            yield Problem(path, f"has the packed layout {declared}, but schemas/packing.py has {ours}")
        if field["type"] != "bytes":
            yield Problem(path, f"is packed, so it must be bytes, not {kind(field['type'])}")


def joins_as_declared(schema: Schema) -> Iterator[Problem]:
    """A joined field is a string, and the mark between its words is the one that the code splits at."""
    for path, field in fields(schema):
        ours = f"U+{ord(MARK):04X}" if path in JOINED else None
        if (declared := field.get("joined")) != ours:
            yield Problem(path, f"has words joined by {declared}, but schemas/packing.py has {ours}")
        if ours is not None and field["type"] != "string":
            yield Problem(path, f"is joined, so it must be a string, not {kind(field['type'])}")


def _row_fields(schema: Schema) -> Iterator[Problem]:
    """Every field of a row has a default: a row begins as nothing but defaults."""
    for path, field in fields(schema):
        if "default" not in field:
            yield Problem(path, "is a field of a row and needs a default")


RULES: Final[tuple[Rule, ...]] = (
    is_avro,
    has_docs,
    has_an_owner,
    marks_personal_data,
    keeps_names,
    gives_enums_defaults,
    keeps_times_long,
    keeps_unions_optional,
    packs_as_declared,
    joins_as_declared,
)
