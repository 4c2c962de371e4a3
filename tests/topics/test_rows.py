import pytest

from schemas.catalog import avro_schema
from schemas.codec import Codec, SchemaCache
from schemas.errors import RegistryUnavailableError, UnknownSchemaError
from schemas.records import ItemNeighbors, Row
from schemas.tenancy import TenantKey
from tests.changes import CODECS
from topics.changelogs import ITEM_NEIGHBORS
from topics.rows import Change, RowDecoder

CODEC = CODECS.codec_for(ITEM_NEIGHBORS.subject, ItemNeighbors)
ROW = ItemNeighbors(users=bytes(8), applied={"0": 3})
RAW = CODEC.encode(ROW)


@pytest.fixture
def decoder() -> RowDecoder[ItemNeighbors]:
    return RowDecoder(CODEC, CODECS.fetch)


def test_a_record_becomes_a_change_of_its_owners_row(decoder: RowDecoder[ItemNeighbors]) -> None:
    owner = TenantKey("t", "i/1")
    assert decoder.change(b"t/i/1\0day", RAW) == Change(b"t/i/1\0day", owner, "day", ROW, RAW)
    assert decoder.change(b"t/i/1", None) == Change(b"t/i/1", owner, "", None, None)


def test_what_a_row_has_folded_is_read_alone(decoder: RowDecoder[ItemNeighbors]) -> None:
    change = decoder.of_applied().change(b"t/i/1", RAW)
    assert change == Change(b"t/i/1", TenantKey("t", "i/1"), "", Row(applied={"0": 3}), RAW)


@pytest.mark.parametrize("key", [None, b"", b"no slash", b"t/", b"\xff/x", b"T/x", b"t/x\0\xff"])
def test_a_key_that_is_no_rows_key_is_left_out(decoder: RowDecoder[ItemNeighbors], key: bytes | None) -> None:
    assert decoder.change(key, RAW) is None


@pytest.mark.parametrize("raw", [b"", b"text", RAW[:-1], RAW + b"\0", b"\0\0\0\xff\xff" + RAW[5:]])
def test_a_value_that_is_no_row_is_left_out(decoder: RowDecoder[ItemNeighbors], raw: bytes) -> None:
    assert decoder.change(b"t/x", raw) is None
    assert decoder.of_applied().change(b"t/x", raw) is None


def test_a_schema_that_is_new_is_fetched_once() -> None:
    schema = avro_schema("item_neighbors")
    cache = SchemaCache()
    asked = []

    def fetch(schema_id: int) -> None:
        asked.append(schema_id)
        cache.add(schema_id, schema)

    decoder = RowDecoder(Codec(ItemNeighbors, schema, 1, cache), fetch)
    assert [decoder.row(RAW), decoder.row(RAW)] == [ROW, ROW]
    assert asked == [CODEC.schema_id]


def test_a_row_waits_for_a_registry_that_is_away() -> None:
    def fetch(schema_id: int) -> None:
        raise RegistryUnavailableError("away")

    decoder = RowDecoder(Codec(ItemNeighbors, avro_schema("item_neighbors"), 1, SchemaCache()), fetch)
    with pytest.raises(RegistryUnavailableError):
        decoder.row(RAW)


def test_a_schema_that_nobody_registered_is_no_row() -> None:
    def fetch(schema_id: int) -> None:
        raise UnknownSchemaError(schema_id)

    decoder = RowDecoder(Codec(ItemNeighbors, avro_schema("item_neighbors"), 1, SchemaCache()), fetch)
    assert decoder.row(RAW) is None
