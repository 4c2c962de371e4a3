"""Codec: what one version wrote, every version reads; anything else is an error of ours."""

import copy
from io import BytesIO
from typing import Any

import pytest
from fastavro import schemaless_writer
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from schemas.catalog import RECORDS, avro_schema, schema_name
from schemas.codec import PREFIX, Codec, Schema, SchemaCache, compiled, schema_id_of
from schemas.errors import (
    IncompatibleSchemaError,
    NotFramedError,
    SchemasError,
    UndecodableError,
    UnknownSchemaError,
)
from schemas.governance.examples import EXAMPLES
from schemas.records import BehaviorEvent, Record, Row, UserChange
from tests.row_strategies import records, rows
from tests.strategies import behavior_events

ID = 7


def codec_of(record: type[Record], written: Schema | None = None) -> Codec[Any]:
    """Return a codec whose cache says that ID was written with `written`, by default with the record's own schema."""
    own = avro_schema(schema_name(record))
    cache = SchemaCache()
    cache.add(ID, written or own)
    return Codec(record, own, ID, cache)


CODECS = {record: codec_of(record) for record in RECORDS.values()}
EVENTS = CODECS[BehaviorEvent]
EXAMPLE: Any = EXAMPLES[BehaviorEvent][0]


@given(records())
def test_decoding_gives_back_what_was_encoded(record: Record) -> None:
    codec = CODECS[type(record)]
    assert codec.decode(codec.encode(record)) == record


@given(records())
def test_bytes_begin_with_the_schema_id(record: Record) -> None:
    payload = CODECS[type(record)].encode(record)
    assert payload.startswith(b"\x00\x00\x00\x00\x07")
    assert schema_id_of(payload) == ID


@given(behavior_events(), st.data())
def test_a_truncated_event_is_refused(event: BehaviorEvent, data: st.DataObject) -> None:
    payload = EVENTS.encode(event)
    cut = data.draw(st.integers(PREFIX.size, len(payload) - 1))
    with pytest.raises(UndecodableError, match="not a whole BehaviorEvent"):
        EVENTS.decode(payload[:cut])


@given(behavior_events(), st.binary(min_size=1))
def test_bytes_after_the_record_are_refused(event: BehaviorEvent, rest: bytes) -> None:
    with pytest.raises(UndecodableError, match="do not end where"):
        EVENTS.decode(EVENTS.encode(event) + rest)


@given(st.sampled_from(sorted(RECORDS)), st.binary())
def test_any_bytes_give_a_record_or_an_error_of_ours(name: str, junk: bytes) -> None:
    codec = CODECS[RECORDS[name]]
    for payload in (junk, PREFIX.pack(0, ID) + junk):
        try:
            assert isinstance(codec.decode(payload), codec.record)
        except SchemasError as error:
            said = str(error)
        else:
            said = "a record"
        assert len(said) < 400


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x00\x00\x00\x00"])
def test_too_few_bytes_for_the_prefix_are_refused(payload: bytes) -> None:
    with pytest.raises(NotFramedError, match="too short"):
        EVENTS.decode(payload)


def test_another_magic_byte_is_refused() -> None:
    with pytest.raises(NotFramedError, match="first byte is 123"):
        EVENTS.decode(b'{"event_id": 1}')


def test_an_unknown_schema_id_is_named() -> None:
    with pytest.raises(UnknownSchemaError, match=r"schema id 99 is not known.*tideline schemas register") as caught:
        EVENTS.decode(PREFIX.pack(0, 99) + b"abc")
    assert caught.value.schema_id == 99


def test_another_records_schema_is_refused_in_few_words() -> None:
    codec = codec_of(BehaviorEvent, written=avro_schema("user_change"))
    payload = CODECS[UserChange].encode(EXAMPLES[UserChange][0])
    with pytest.raises(UndecodableError, match=r"schema id 7 is not one of tideline\.v1\.BehaviorEvent"):
        codec.decode(payload)


def test_a_schema_that_is_not_avro_is_refused() -> None:
    for schema in ({"type": "record"}, {"type": "array", "items": "not.known.Type"}):
        with pytest.raises(IncompatibleSchemaError, match="not a whole Avro schema"):
            SchemaCache().add(1, schema)


@pytest.fixture
def later() -> Schema:
    """A copy of the event's schema, to be changed into a later version of it."""
    return copy.deepcopy(avro_schema("behavior_event"))


def read_from(later: Schema, **fields: Any) -> Any:
    """Return what this version reads of the example, written with a later schema and these fields."""
    out = BytesIO()
    out.write(PREFIX.pack(0, ID))
    schemaless_writer(out, compiled(later), {**asdict(EXAMPLE), **fields}, strict=True)
    return codec_of(BehaviorEvent, written=later).decode(out.getvalue())


def test_other_docs_change_nothing(later: Schema) -> None:
    later["doc"] = later["fields"][0]["doc"] = "said otherwise"
    assert read_from(later) == EXAMPLE


def test_a_later_field_is_left_out(later: Schema) -> None:
    later["fields"].insert(1, {"name": "session", "type": "string", "default": ""})
    assert read_from(later, session="s1") == EXAMPLE


def test_a_field_that_went_away_reads_as_its_default(later: Schema) -> None:
    later["fields"] = [field for field in later["fields"] if field["name"] != "scenario"]
    out = BytesIO()
    out.write(PREFIX.pack(0, ID))
    fields = asdict(EXAMPLE)
    del fields["scenario"]
    schemaless_writer(out, compiled(later), fields, strict=True)
    assert codec_of(BehaviorEvent, written=later).decode(out.getvalue()) == replace(EXAMPLE, scenario="default")


def test_a_later_symbol_reads_as_unknown(later: Schema) -> None:
    next(field for field in later["fields"] if field["name"] == "action")["type"]["symbols"].append("teleport")
    assert read_from(later, action="teleport") == replace(EXAMPLE, action="unknown")


@given(rows())
def test_of_a_row_what_it_has_folded_can_be_read_alone(row: Row) -> None:
    codec = CODECS[type(row)]
    assert codec.narrowed(Row).decode(codec.encode(row)) == Row(applied=row.applied)
