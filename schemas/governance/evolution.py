"""How a schema may change between two versions, stricter than the registry.

Avro's own rules ask only whether a reader can decode. Here a replay of the log must also mean the same as before, so
a changed default or a reordered enum (rows store the index of a symbol) is refused too.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from schemas.governance.nodes import Node, kind, logical_type

FULL: Final = "FULL_TRANSITIVE"
_ABSENT: Final = object()


class Change(NamedTuple):
    """One difference between two versions; `refused` is the reason, None where the change is allowed."""

    where: str
    what: str
    refused: str | None = None


def compare(old: dict[str, Any], new: dict[str, Any], level: str) -> list[Change]:
    """Return what changed from the old version to the new one, judged by a compatibility level, transitive.

    Under FULL_TRANSITIVE readers of either version must read what the other wrote, under BACKWARD_TRANSITIVE the
    new one what the old one wrote. Editorial changes (docs, owner, marks) are not listed.
    """
    return list(_record(str(old["name"]), old, new, level))


def _record(where: str, old: dict[str, Any], new: dict[str, Any], level: str) -> Iterator[Change]:
    yield from _named(where, "record", old, new)
    before, after = ({field["name"]: field for field in schema["fields"]} for schema in (old, new))
    for name in [name for name in before if name not in after]:
        lost = level == FULL and "default" not in before[name]
        why = "older readers need it and it had no default; keep it" if lost else None
        yield Change(f"{where}.{name}", "field removed", why)
    for name in [name for name in after if name not in before]:
        why = None if "default" in after[name] else "older records lack it; give it a default"
        yield Change(f"{where}.{name}", "field added", why)
    shared = [name for name in before if name in after]
    if shared != [name for name in after if name in before]:
        yield Change(where, "fields reordered")
    for name in shared:
        yield from _field(f"{where}.{name}", before[name], after[name], level)


def _field(where: str, old: dict[str, Any], new: dict[str, Any], level: str) -> Iterator[Change]:
    yield from _type(where, old["type"], new["type"], level)
    if old.get("default", _ABSENT) != new.get("default", _ABSENT):
        yield Change(
            where,
            f"default changed from {_shown(old)} to {_shown(new)}",
            "records that lack the field would change their meaning; keep the default",
        )
    if old.get("packed") != new.get("packed"):
        yield Change(
            where,
            f"packed layout changed from {old.get('packed')} to {new.get('packed')}",
            "the bytes in older rows have the old layout; add a new field",
        )


def _type(where: str, old: Node, new: Node, level: str) -> Iterator[Change]:
    if kind(old) != kind(new) or (kind(old) == "union" and [kind(b) for b in old] != [kind(b) for b in new]):
        yield Change(where, f"type changed from {_named_kind(old)} to {_named_kind(new)}", "add a new field instead")
        return
    if logical_type(old) != logical_type(new):
        yield Change(
            where,
            f"logical type changed from {logical_type(old)} to {logical_type(new)}",
            "the same number would mean something else; add a new field instead",
        )
    match kind(old):
        case "union":
            for before, after in zip(old, new, strict=True):
                yield from _type(where, before, after, level)
        case "array":
            yield from _type(where, old["items"], new["items"], level)
        case "map":
            yield from _type(where, old["values"], new["values"], level)
        case "enum":
            yield from _enum(where, old, new)
        case "record":
            yield from _record(where, old, new, level)


def _enum(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    yield from _named(where, "enum", old, new)
    before, after = old["symbols"], new["symbols"]
    if old.get("default") != new.get("default"):
        yield Change(
            where,
            f"enum default changed from {old.get('default')} to {new.get('default')}",
            "symbols that a reader does not know would read as another; keep it",
        )
    for symbol in before:
        if symbol not in after:
            yield Change(where, f"symbol {symbol} removed", "older records hold it; keep it, unused")
    for symbol in after:
        if symbol not in before:
            why = None if "default" in old else "readers without an enum default fail on it; add another field"
            yield Change(where, f"symbol {symbol} added", why)
    if set(before) <= set(after) and after[: len(before)] != before:
        yield Change(where, "symbols reordered", "rows store the index of a symbol; append new ones at the end")


def _named(where: str, what: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = (f"{schema.get('namespace', '')}.{schema['name']}".lstrip(".") for schema in (old, new))
    if before != after:
        yield Change(where, f"{what} renamed from {before} to {after}", "readers find a type by its name; keep it")


def _named_kind(node: Node) -> str:
    return f"[{', '.join(kind(branch) for branch in node)}]" if isinstance(node, list) else kind(node)


def _shown(field: dict[str, Any]) -> str:
    return repr(field["default"]) if "default" in field else "none"
