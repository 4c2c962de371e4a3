"""Many payloads at once are read as each of them alone, or not at all."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.catalog import RECORDS, avro_schema, schema_name
from schemas.codec import FEWEST, PREFIX, Codec, Schema, SchemaCache
from schemas.errors import SchemasError, UndecodableError, UnknownSchemaError
from schemas.governance.examples import EXAMPLES
from schemas.records import BehaviorEvent, Record, UserChange
from tests.row_strategies import records
from tests.strategies import behavior_events

OURS, OLDER, OTHERS = 7, 8, 9


def codec_of(record: type[Record]) -> Codec[Any]:
    """Return a codec that knows its own schema, an older version of it, and another record's."""
    own = avro_schema(schema_name(record))
    cache = SchemaCache()
    cache.add(OURS, own)
    cache.add(OLDER, _older(own))
    cache.add(OTHERS, avro_schema(schema_name(UserChange)))
    return Codec(record, own, OURS, cache)


def _older(own: Schema) -> Schema:
    return {**own, "fields": [*own["fields"], {"name": "gone", "type": "long", "default": 0}]}


CODECS = {record: codec_of(record) for record in RECORDS.values()}
EVENTS = CODECS[BehaviorEvent]


def one_by_one(codec: Codec[Any], payloads: list[bytes]) -> list[Any] | None:
    """Return what decoding each gives, None if one of them cannot be decoded."""
    try:
        return [codec.decode(payload) for payload in payloads]
    except SchemasError:
        return None


def all_at_once(codec: Codec[Any], payloads: list[bytes]) -> list[Any] | None:
    try:
        return codec.decode_all(payloads)
    except SchemasError:
        return None


@given(st.sampled_from(list(RECORDS.values())), st.data())
def test_what_was_encoded_is_read(record: type[Record], data: st.DataObject) -> None:
    of_it = (
        records().filter(lambda drawn: type(drawn) is record)
        if record not in EXAMPLES
        else st.sampled_from(list(EXAMPLES[record]))
    )
    drawn = data.draw(st.lists(of_it, min_size=1, max_size=4))
    many = [drawn[index % len(drawn)] for index in range(FEWEST)]
    codec = CODECS[record]
    assert codec.decode_all([codec.encode(each) for each in many]) == many


@given(st.lists(behavior_events(), min_size=1, max_size=6))
def test_events_are_read_whatever_their_fields_hold(events: list[BehaviorEvent]) -> None:
    many = [events[index % len(events)] for index in range(FEWEST)]
    read = EVENTS.decode_all([EVENTS.encode(event) for event in many])
    assert read == many
    assert len({id(event.tags) for event in read}) == len(read), "no two events share a list that one could change"


damages = st.tuples(
    st.sampled_from(["set", "cut", "put", "end"]), st.integers(0, 400), st.binary(min_size=1, max_size=9)
)


def damaged(payload: bytes, damage: tuple[str, int, bytes]) -> bytes:
    """Return the payload, its schema id untouched, with bytes overwritten, removed, inserted, or all behind gone."""
    kind, place, junk = damage
    at = PREFIX.size + place % (len(payload) - PREFIX.size + 1)
    match kind:
        case "set":
            return payload[:at] + junk + payload[at + len(junk) :]
        case "cut":
            return payload[:at] + payload[at + len(junk) :]
        case "put":
            return payload[:at] + junk + payload[at:]
        case _:
            return payload[:at]


@given(behavior_events(), st.lists(damages, min_size=1, max_size=3), st.integers(0, FEWEST - 1))
def test_no_damage_is_read_otherwise_than_one_by_one(
    event: BehaviorEvent, harm: list[tuple[str, int, bytes]], place: int
) -> None:
    payload = EVENTS.encode(event)
    bad = payload
    for damage in harm:
        bad = damaged(bad, damage)
    payloads = [payload] * FEWEST
    payloads[place] = bad
    read = all_at_once(EVENTS, payloads)
    assert read is None or repr(read) == repr(one_by_one(EVENTS, payloads))  # repr: NaN is not equal to itself


@pytest.mark.parametrize("position", [-(2**40), 2**31, 2**62])
def test_a_number_too_long_for_its_field_is_left_to_the_codec(position: int) -> None:
    """Both write an int as a long, and whoever reads it as one loses its upper bits."""
    widened = copy.deepcopy(avro_schema("behavior_event"))
    [field] = [field for field in widened["fields"] if field["name"] == "position"]
    field["type"] = ["null", "long"]
    cache = SchemaCache()
    cache.add(OURS, widened)
    example: Any = EXAMPLES[BehaviorEvent][0]
    longer = Codec(BehaviorEvent, widened, OURS, cache).encode(replace(example, position=position))
    with pytest.raises(UndecodableError):
        EVENTS.decode_all([longer] * FEWEST)


@given(behavior_events())
def test_versions_and_other_records_among_them_are_read_one_by_one(event: BehaviorEvent) -> None:
    payload = EVENTS.encode(event)
    older = PREFIX.pack(0, OLDER) + payload[PREFIX.size :] + b"\x00"
    assert EVENTS.decode_all([payload, older] * FEWEST) == [event, event] * FEWEST
    for schema_id, error in ((OTHERS, UndecodableError), (1_000, UnknownSchemaError)):
        with pytest.raises(error):
            EVENTS.decode_all([payload, PREFIX.pack(0, schema_id) + payload[PREFIX.size :]] * FEWEST)
