"""Records to Avro bytes and back, with the registry's 5-byte prefix; no HTTP and no validation on this path.

cavro does it, in a third of fastavro's time. fastavro, an implementation of its own, parses the schemas and writes and
reads the golden bytes of `governance/`, so that each is checked by the other.
"""

import os
import struct
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import cavro
import orjson
from fastavro import parse_schema
from fastavro.schema import SchemaParseException, UnknownType, to_parsing_canonical_form

from schemas.errors import IncompatibleSchemaError, NotFramedError, UndecodableError, UnknownSchemaError
from schemas.records import Record
from schemas.shape import Shape

if TYPE_CHECKING:
    from schemas.bulk import BulkReader

R = TypeVar("R", bound=Record)
N = TypeVar("N", bound=Record)
Schema = dict[str, Any]

PREFIX: Final = struct.Struct(">bI")
"""Magic byte 0 and the schema id, big-endian: the wire format of Confluent's and Apicurio's registries."""

FEWEST: Final = 32
"""Payloads read in bulk at least: a bulk read costs as much as ten records one by one, however few they are."""

_MAX_CAUSE: Final = 200
"""An error may quote what it read whole: kilobytes in every dead letter."""

_END: Final = os.urandom(8)
"""Put behind the bytes of a record and read as its last field: only a record that ends where its bytes end reads it
back. cavro itself says nothing of bytes that are left, and nobody can write bytes that look like these."""


def compiled(schema: Schema) -> Any:
    """Return the schema parsed by fastavro, its times left as plain integers.

    Raises IncompatibleSchemaError if it is no valid Avro schema, or refers to types that it does not hold.
    """
    try:
        return parse_schema(_without_logical_types(schema))
    except (SchemaParseException, UnknownType) as error:
        raise IncompatibleSchemaError(f"not a whole Avro schema: {error}") from error


def _without_logical_types(node: Any) -> Any:
    """Strip the logical types: with them a datetime is built for every time, which our records never hold."""
    if isinstance(node, dict):
        return {key: _without_logical_types(value) for key, value in node.items() if key != "logicalType"}
    if isinstance(node, list):
        return [_without_logical_types(part) for part in node]
    return node


class Layout(NamedTuple):
    """A schema ready for use."""

    name: str
    canonical: str
    """The same for two schemas that lay out the same bytes, whatever their docs say."""

    record: cavro.Schema
    framed: cavro.Schema
    """The record, and `_END` behind it."""

    @classmethod
    def of(cls, schema: Schema) -> "Layout":
        """Return the layout; raise as `compiled` does."""
        parsed = compiled(schema)
        plain = _without_logical_types(schema)
        end = {"type": "fixed", "name": "End", "size": len(_END)}
        fields = [{"name": "record", "type": plain}, {"name": "end", "type": end}]
        framed = {"type": "record", "name": "Framed", "fields": fields}
        name = parsed["name"] if isinstance(parsed, dict) else ""
        return cls(name, to_parsing_canonical_form(parsed), _cavro(plain), _cavro(framed))


def _cavro(schema: Schema) -> cavro.Schema:
    return cavro.Schema(orjson.dumps(schema).decode(), record_decodes_to_dict=True)


class SchemaCache:
    """Writer schemas by registry id. Filled at start and, rarely, when a record names a new one."""

    def __init__(self) -> None:
        self._by_id: dict[int, Layout] = {}

    def add(self, schema_id: int, schema: Schema) -> None:
        """Remember the schema with this id; its own bytes never change, so neither does an entry."""
        self._by_id[schema_id] = Layout.of(schema)

    def __contains__(self, schema_id: int) -> bool:
        return schema_id in self._by_id

    def __getitem__(self, schema_id: int) -> Layout:
        try:
            return self._by_id[schema_id]
        except KeyError:
            raise UnknownSchemaError(schema_id) from None


def schema_id_of(payload: bytes) -> int:
    """Return the schema id that the payload names; raise NotFramedError if it has no prefix."""
    if len(payload) < PREFIX.size:
        raise NotFramedError(f"{len(payload)} bytes are too short for the 5-byte schema prefix")
    magic, schema_id = PREFIX.unpack_from(payload)
    if magic != 0:
        raise NotFramedError(f"first byte is {magic}, not 0: not written by a codec of the schema registry")
    return int(schema_id)


class Decoder(Generic[R]):
    """Decodes one record type from what any version of its schema wrote. It trusts nobody."""

    def __init__(self, record: type[R], schema: Schema, cache: SchemaCache) -> None:
        """Take the record type, the schema to read it as, and the schemas that may have written it."""
        self.record = record
        self._layout = Layout.of(schema)
        self.name = self._layout.name.rpartition(".")[2]
        """Of the schema, for errors."""

        self._shape = Shape(record)
        self._cache = cache
        self._readers: dict[int, Callable[[bytes], Any]] = {}
        self._schema = _without_logical_types(schema)

    def narrowed(self, record: type[N]) -> "Decoder[N]":
        """Return what reads only the fields of `record`, which this record type has, too: of rows, in half the time.

        It passes over the other fields without looking into them, so it may read what this one refuses.
        """
        fields = [field for field in self._schema["fields"] if field["name"] in record.__struct_fields__]
        return Decoder(record, self._schema | {"fields": fields}, self._cache)

    def decode(self, payload: bytes) -> R:
        """Return the record that the payload holds, read as this version of the schema.

        Raises NotFramedError, UnknownSchemaError (fetch the schema and try again) or UndecodableError.
        """
        schema_id = schema_id_of(payload)
        read = self._readers.get(schema_id) or self._reader_for(schema_id)
        try:
            framed = read(payload[PREFIX.size :] + _END)
            record = self._shape.record(framed["record"])
        except Exception as error:  # whatever the bytes make cavro trip over: EOFError, ValueError, KeyError...
            why = str(error)[:_MAX_CAUSE] or type(error).__name__
            raise UndecodableError(f"not a whole {self.name}: {why}") from error
        if framed["end"] != _END:
            raise UndecodableError(f"the bytes do not end where the {self.name} ends")
        return record

    def _reader_for(self, schema_id: int) -> Callable[[bytes], Any]:
        """Return what reads the bytes of the schema with this id; without resolving where they are laid out as ours.

        Raises UnknownSchemaError, or UndecodableError if it is another record's schema.
        """
        writer = self._cache[schema_id]
        if writer.name != self._layout.name:
            raise UndecodableError(f"schema id {schema_id} is not one of {self._layout.name}")
        same = writer.canonical == self._layout.canonical
        reader = self._layout.framed if same else self._layout.framed.reader_for_writer(writer.framed)
        read: Callable[[bytes], Any] = reader.binary_decode
        self._readers[schema_id] = read
        return read


class Codec(Decoder[R]):
    """Encodes one record type with one schema id, and decodes what any version of that schema wrote.

    `encode` trusts its caller to hold a record of the right types (`schemas.validation` checks what comes from
    outside); `decode` trusts nobody.
    """

    def __init__(self, record: type[R], schema: Schema, schema_id: int, cache: SchemaCache) -> None:
        super().__init__(record, schema, cache)
        self.schema_id = schema_id
        self._prefix = PREFIX.pack(0, schema_id)
        self._write = self._layout.record.binary_encode

    def encode(self, record: R) -> bytes:
        """Return the prefix and the Avro bytes of the record."""
        written: bytes = self._write(self._shape.fields(record))
        return self._prefix + written

    def decode_all(self, payloads: Sequence[bytes]) -> list[R]:
        """Return the records of the payloads, each as `decode` returns it; of many, in a quarter of the time.

        Raises UndecodableError or another error of `decode` if that would raise for any, and for a few payloads that
        it would not raise for: then ask it about each.
        """
        prefixes = {payload[: PREFIX.size] for payload in payloads}
        if len(payloads) >= FEWEST and self._bulk is not None and all(map(self._is_ours, prefixes)):
            return self._bulk.read(payloads, PREFIX.size)
        return [self.decode(payload) for payload in payloads]

    @cached_property
    def _bulk(self) -> "BulkReader[R] | None":
        # Imported when first needed: Arrow takes 0.3 s to load and 40 MB, and only workers read in bulk.
        from schemas.bulk import BulkReader, can_read

        return BulkReader(self.record, self._schema) if can_read(self._schema) else None

    def _is_ours(self, prefix: bytes) -> bool:
        """Tell whether what follows this prefix is laid out as this version of the schema lays it out."""
        if prefix == self._prefix:
            return True
        schema_id = schema_id_of(prefix)
        return schema_id in self._cache and self._cache[schema_id].canonical == self._layout.canonical
