"""Golden bytes read by other versions: what the rules promise, tried on real bytes with fastavro."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from fastavro import schemaless_reader
from msgspec import to_builtins

from schemas.codec import Schema, compiled
from schemas.governance.evolution import FULL
from schemas.governance.problem import Problem
from schemas.governance.releases import Release


def misread(known: Sequence[Release], schema: Schema, level: str) -> Iterator[Problem]:
    """Yield what the schema, as a reader, makes of older versions' bytes that it must not.

    Every field that writer and reader share must keep its value. Under FULL_TRANSITIVE the newest bytes must also be
    readable by every older version; a symbol that this one does not know may become its default.
    """
    for release in known:
        yield from _reads(release, schema, f"the schema in avro/ reads v{release.version}", same=True)
    for writer in known:
        for reader in known:
            if reader.version > writer.version or (level == FULL and reader.version < writer.version):
                newer = reader.version > writer.version
                yield from _reads(writer, reader.schema, f"v{reader.version} reads v{writer.version}", same=newer)


def _reads(writer: Release, reader: Schema, what: str, *, same: bool) -> Iterator[Problem]:
    for golden in writer.golden:
        source = BytesIO(golden.avro)
        try:
            read = schemaless_reader(source, compiled(writer.schema), compiled(reader))
        except Exception as error:  # fastavro raises what its C code trips over
            yield Problem(str(reader["name"]), f"{what}: {str(error)[:200] or type(error).__name__}")
            continue
        if source.tell() != len(golden.avro):
            yield Problem(str(reader["name"]), f"{what}: {len(golden.avro) - source.tell()} bytes are left")
        if same:
            yield from _differences(str(reader["name"]), golden.record, to_builtins(read), what)


def _differences(where: str, wrote: Any, read: Any, what: str) -> Iterator[Problem]:
    """Yield where two JSON values differ; a key that only one of them has is a field that the other lacks."""
    if isinstance(wrote, dict) and isinstance(read, dict):
        for name in wrote.keys() & read.keys():
            yield from _differences(f"{where}.{name}", wrote[name], read[name], what)
    elif isinstance(wrote, list) and isinstance(read, list) and len(wrote) == len(read):
        for one, other in zip(wrote, read, strict=True):
            yield from _differences(where, one, other, what)
    elif wrote != read:
        yield Problem(where, f"{what}: {wrote!r} became {read!r}")
