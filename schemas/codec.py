"""Records to Avro bytes and back, with the registry's 5-byte prefix; no HTTP and no validation on this path."""

import struct
from io import BytesIO
from typing import Any, Final, Generic, TypeVar, get_args, get_type_hints

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import SchemaParseException, UnknownType, to_parsing_canonical_form
from msgspec.structs import asdict

from schemas.errors import IncompatibleSchemaError, NotFramedError, UndecodableError, UnknownSchemaError
from schemas.records import Record

R = TypeVar("R", bound=Record)
Schema = dict[str, Any]

PREFIX: Final = struct.Struct(">bI")
"""Magic byte 0 and the schema id, big-endian: the wire format of Confluent's and Apicurio's registries."""


_MAX_CAUSE: Final = 200
"""fastavro quotes both schemas whole where they do not match: 8 kB in every dead letter."""


def compiled(schema: Schema) -> Any:
    """Return the schema parsed for reading and writing, its times left as plain integers.

    Raises IncompatibleSchemaError if it is no valid Avro schema, or refers to types that it does not hold.
    """
    try:
        return parse_schema(_without_logical_types(schema))
    except (SchemaParseException, UnknownType) as error:
        raise IncompatibleSchemaError(f"not a whole Avro schema: {error}") from error


def _without_logical_types(node: Any) -> Any:
    """Strip the logical types: with them fastavro builds a datetime for every time, which our records never hold."""
    if isinstance(node, dict):
        return {key: _without_logical_types(value) for key, value in node.items() if key != "logicalType"}
    if isinstance(node, list):
        return [_without_logical_types(part) for part in node]
    return node


class SchemaCache:
    """Writer schemas by registry id. Filled at start and, rarely, when a record names a new one."""

    def __init__(self) -> None:
        self._by_id: dict[int, Any] = {}

    def add(self, schema_id: int, schema: Schema) -> None:
        """Remember the schema with this id; its own bytes never change, so neither does an entry."""
        self._by_id[schema_id] = compiled(schema)

    def __contains__(self, schema_id: int) -> bool:
        return schema_id in self._by_id

    def __getitem__(self, schema_id: int) -> Any:
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


class Codec(Generic[R]):
    """Encodes one record type with one schema id, and decodes what any version of that schema wrote.

    `encode` trusts its caller to hold a record of the right types (`schemas.validation` checks what comes from
    outside); `decode` trusts nobody.
    """

    def __init__(self, record: type[R], schema: Schema, schema_id: int, cache: SchemaCache) -> None:
        self.record = record
        self.schema_id = schema_id
        self._prefix = PREFIX.pack(0, schema_id)
        self._schema = compiled(schema)
        self._layout = to_parsing_canonical_form(self._schema)
        self._nested = _nested(record)
        self._cache = cache
        self._readers: dict[int, Any] = {}

    def encode(self, record: R) -> bytes:
        """Return the prefix and the Avro bytes of the record."""
        fields = asdict(record)
        for name in self._nested:
            fields[name] = [asdict(part) for part in fields[name]]
        out = BytesIO()
        out.write(self._prefix)
        schemaless_writer(out, self._schema, fields)
        return out.getvalue()

    def decode(self, payload: bytes) -> R:
        """Return the record that the payload holds, read as this version of the schema.

        Raises NotFramedError, UnknownSchemaError (fetch the schema and try again) or UndecodableError.
        """
        schema_id = schema_id_of(payload)
        writer = self._cache[schema_id]
        reader = self._reader_for(schema_id, writer)
        source = BytesIO(payload)
        source.seek(PREFIX.size)
        try:
            fields = schemaless_reader(source, writer, reader)
            for name, part in self._nested.items():
                fields[name] = [part(**entry) for entry in fields[name]]
            record = self.record(**fields)
        except Exception as error:  # fastavro raises what its C code trips over: EOFError, IndexError, struct.error...
            why = str(error)[:_MAX_CAUSE] or type(error).__name__
            raise UndecodableError(f"not a whole {self.record.__name__}: {why}") from error
        if source.tell() != len(payload):
            raise UndecodableError(f"{len(payload) - source.tell()} bytes follow the {self.record.__name__}")
        return record

    def _reader_for(self, schema_id: int, writer: Any) -> Any:
        """Return None where the writer's schema lays out the same bytes, whatever its docs say.

        fastavro then skips resolution, a third of the time. Raises UndecodableError if it is another record's schema.
        """
        if schema_id not in self._readers:
            if not (isinstance(writer, dict) and writer.get("name") == self._schema["name"]):
                raise UndecodableError(f"schema id {schema_id} is not one of {self._schema['name']}")
            same = to_parsing_canonical_form(writer) == self._layout
            self._readers[schema_id] = None if same else self._schema
        return self._readers[schema_id]


def _nested(record: type[Record]) -> dict[str, type[Record]]:
    """Return the fields of the record that are lists of records, with the type of an entry."""
    entries = {name: get_args(hint)[0] for name, hint in get_type_hints(record).items() if get_args(hint)}
    return {name: entry for name, entry in entries.items() if isinstance(entry, type) and issubclass(entry, Record)}
