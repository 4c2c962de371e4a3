"""Walking a schema: its named types and fields, each with its path."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

Node = Any
"""A type in a schema: the name of a primitive or named type, a list (union), or an object."""

EDITORIAL: Final = frozenset({"doc", "owner", "personal"})
"""Attributes that say something about the data and change nothing in how they are read."""


class Field(NamedTuple):
    """A field with its path, `Record.field` or `Record.field.field`."""

    path: str
    node: dict[str, Any]


def kind(node: Node) -> str:
    """Return record, enum, array, map, union, the name of a primitive, or the name of a type defined before."""
    if isinstance(node, list):
        return "union"
    return str(node["type"] if isinstance(node, dict) else node)


def logical_type(node: Node) -> str | None:
    """Return the logical type of a node, None if it has none."""
    return node.get("logicalType") if isinstance(node, dict) else None


def not_null(node: Node) -> Node:
    """Return what a union of null and one type may hold; any other node as it is."""
    others = [branch for branch in node if branch != "null"] if isinstance(node, list) else [node]
    return others[0] if len(others) == 1 else node


def named_types(node: Node, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every record and enum with its path: the record's own name, or that of the field that holds it."""
    if isinstance(node, list):
        for branch in node:
            yield from named_types(branch, path)
    elif isinstance(node, dict):
        if node["type"] in ("record", "enum"):
            yield path or str(node["name"]), node
        for part in ("items", "values"):
            if part in node:
                yield from named_types(node[part], path)
        for field in node.get("fields", ()):
            yield from named_types(field["type"], f"{path or node['name']}.{field['name']}")


def fields(schema: dict[str, Any]) -> Iterator[Field]:
    """Yield every field of the record and of the records in it."""
    for path, node in named_types(schema):
        for field in node.get("fields", ()):
            yield Field(f"{path}.{field['name']}", field)


def layout(node: Node) -> Node:
    """Return the schema without its editorial attributes: two schemas with one layout are one version."""
    if isinstance(node, list):
        return [layout(part) for part in node]
    if isinstance(node, dict):
        return {
            name: value if name == "default" else layout(value)
            for name, value in node.items()
            if name not in EDITORIAL
        }
    return node
