"""Every version of every schema ever released, in `registered/<name>/`, each with golden bytes.

`v<n>.avsc` is the schema, `v<n>.golden.json` a list of `{"record": ..., "avro": ...}`: a record's fields as JSON
(bytes in base64) and its Avro in hexadecimal, without the registry's prefix.
"""

from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from fastavro import schemaless_writer
from msgspec import to_builtins

from schemas.catalog import RECORDS
from schemas.codec import Schema, compiled
from schemas.errors import IncompatibleSchemaError
from schemas.governance.examples import EXAMPLES
from schemas.governance.nodes import layout
from schemas.records import Record
from schemas.shape import Shape

REGISTERED: Final = Path(str(files("schemas") / "registered"))


class Golden(NamedTuple):
    """A record, as JSON, and the bytes that a version wrote for it."""

    record: dict[str, Any]
    avro: bytes


class Release(NamedTuple):
    """One released version of a record's schema."""

    name: str
    version: int
    schema: Schema
    golden: tuple[Golden, ...]


def releases(name: str, folder: Path = REGISTERED) -> list[Release]:
    """Return the released versions of a record's schema, oldest first."""
    versions = sorted(int(path.stem[1:]) for path in (folder / name).glob("v*.avsc"))
    return [_read(name, version, folder) for version in versions]


def release(name: str, schema: Schema, *, rewrite: bool = False, folder: Path = REGISTERED) -> Release | None:
    """Write the schema as the newest version of `name` and return it; None if it is released as it stands.

    Where only docs, owner or marks differ from the newest version, that version is rewritten: readers see no
    difference. `rewrite` rewrites it in any case, which is right only while nobody has written a record with it.
    """
    known = releases(name, folder)
    if known and known[-1].schema == schema and not rewrite:
        return None
    in_place = bool(known) and (rewrite or layout(known[-1].schema) == layout(schema))
    version = len(known) + (0 if in_place else 1)
    made = Release(name, version, schema, tuple(_golden(schema, record) for record in EXAMPLES[RECORDS[name]]))
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / f"v{version}.avsc").write_bytes(_json(schema))
    golden = [{"record": one.record, "avro": one.avro.hex()} for one in made.golden]
    (folder / name / f"v{version}.golden.json").write_bytes(_json(golden))
    return made


def _read(name: str, version: int, folder: Path) -> Release:
    schema = orjson.loads((folder / name / f"v{version}.avsc").read_bytes())
    golden = orjson.loads((folder / name / f"v{version}.golden.json").read_bytes())
    return Release(name, version, schema, tuple(Golden(one["record"], bytes.fromhex(one["avro"])) for one in golden))


def _golden(schema: Schema, record: Record) -> Golden:
    """Return the record's golden bytes; raise IncompatibleSchemaError if record and schema differ in a field."""
    fields = Shape(type(record)).fields(record)
    out = BytesIO()
    try:
        schemaless_writer(out, compiled(schema), fields, strict=True)
    except ValueError as error:
        name = type(record).__name__
        raise IncompatibleSchemaError(f"{name} in schemas/records.py is not as in its .avsc: {error}") from error
    return Golden(to_builtins(fields), out.getvalue())


def _json(document: Any) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
