"""Releases: every version with golden bytes, which every later reader reads, and each change judged against all."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.catalog import RECORDS, avro_schema, promised_level
from schemas.codec import PREFIX, Codec, SchemaCache
from schemas.errors import IncompatibleSchemaError
from schemas.governance.check import check_all, refusals
from schemas.governance.examples import EXAMPLES
from schemas.governance.golden import misread
from schemas.governance.lint import PERSONAL
from schemas.governance.releases import Release, release, releases
from schemas.packing import PACKED
from schemas.records import Record

Schema = dict[str, Any]

every_release = pytest.mark.parametrize(
    "known",
    [known for name in RECORDS for known in releases(name)],
    ids=lambda known: f"{known.name}-v{known.version}",
)


@pytest.fixture
def later() -> Schema:
    """The event's schema with one more field, which may be released."""
    schema = copy.deepcopy(avro_schema("behavior_event"))
    schema["fields"].append({"name": "session", "type": "string", "doc": "The session.", "default": ""})
    return schema


@pytest.fixture
def wider() -> Schema:
    """The event's schema with one more action: another layout, which today's record still fits."""
    schema = copy.deepcopy(avro_schema("behavior_event"))
    next(field for field in schema["fields"] if field["name"] == "action")["type"]["symbols"].append("teleport")
    return schema


def test_what_is_in_the_repository_is_released_and_compatible() -> None:
    assert check_all() == []


@every_release
def test_golden_bytes_read_as_the_record_that_they_were_written_from(known: Release) -> None:
    """By the codec, as a consumer of today reads a record that any version wrote."""
    record, cache = RECORDS[known.name], SchemaCache()
    cache.add(1, known.schema)
    codec = Codec(record, avro_schema(known.name), 2, cache)
    newest = releases(known.name)[-1].version
    for golden, example in zip(known.golden, EXAMPLES[record], strict=True):
        read = codec.decode(PREFIX.pack(0, 1) + golden.avro)
        assert known.version < newest or read == example


@every_release
def test_the_newest_version_writes_its_golden_bytes(known: Release) -> None:
    """The bytes of a released version never change, whatever fastavro's release."""
    if known.version == releases(known.name)[-1].version:
        codec: Codec[Any] = Codec(RECORDS[known.name], known.schema, 1, SchemaCache())
        written = [codec.encode(example)[PREFIX.size :] for example in EXAMPLES[RECORDS[known.name]]]
        assert written == [golden.avro for golden in known.golden]


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: record.__name__)
def test_an_example_sets_every_field(record: type[Record]) -> None:
    full, minimal = EXAMPLES[record]
    for name in record.__struct_fields__:
        value = getattr(full, name)
        assert value not in (None, "", b"", [], {}), f"{record.__name__}.{name}"
    assert full != minimal


@pytest.mark.parametrize("path", PACKED)
def test_packed_examples_have_whole_entries(path: str) -> None:
    record, field = path.split(".")
    full = next(examples[0] for known, examples in EXAMPLES.items() if known.__name__ == record)
    assert len(PACKED[path].unpack(getattr(full, field))) >= 1


def test_a_release_is_read_back(tmp_path: Path) -> None:
    made = release("item", avro_schema("item"), folder=tmp_path)
    assert made is not None
    assert releases("item", tmp_path) == [made]
    assert made.version == 1
    assert release("item", avro_schema("item"), folder=tmp_path) is None


def test_a_new_layout_is_a_new_version(tmp_path: Path, wider: Schema) -> None:
    release("behavior_event", avro_schema("behavior_event"), folder=tmp_path)
    made = release("behavior_event", wider, folder=tmp_path)
    assert made is not None
    assert made.version == 2
    assert [known.version for known in releases("behavior_event", tmp_path)] == [1, 2]


def test_other_docs_are_the_same_version(tmp_path: Path) -> None:
    release("item", avro_schema("item"), folder=tmp_path)
    described = {**avro_schema("item"), "doc": "Said otherwise."}
    made = release("item", described, folder=tmp_path)
    assert made is not None
    assert made.version == 1
    assert [known.schema for known in releases("item", tmp_path)] == [described]


def test_a_version_nobody_wrote_with_may_be_rewritten(tmp_path: Path, wider: Schema) -> None:
    release("behavior_event", avro_schema("behavior_event"), folder=tmp_path)
    release("behavior_event", wider, rewrite=True, folder=tmp_path)
    assert [known.schema for known in releases("behavior_event", tmp_path)] == [wider]


def test_a_record_that_lacks_a_field_of_its_schema_is_not_released(tmp_path: Path, later: Schema) -> None:
    with pytest.raises(IncompatibleSchemaError, match=r"BehaviorEvent in schemas/records.py .* session"):
        release("behavior_event", later, folder=tmp_path)
    assert releases("behavior_event", tmp_path) == []


def test_versions_are_ordered_by_number(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        (tmp_path / "item").mkdir(exist_ok=True)
        (tmp_path / "item" / f"v{number}.avsc").write_bytes(orjson.dumps(avro_schema("item")))
        (tmp_path / "item" / f"v{number}.golden.json").write_bytes(b"[]")
    assert [known.version for known in releases("item", tmp_path)] == [2, 9, 10]


def test_what_is_not_released_is_refused(tmp_path: Path) -> None:
    assert [str(problem) for problem in check_all(tmp_path)] == [
        f"{name}: is not as released; run `tideline schemas release {name}`" for name in RECORDS
    ]


def test_a_schema_is_judged_against_every_version_not_only_the_newest() -> None:
    """The title was bytes in v1 and gone in v2; as text it is new beside v2, and unreadable beside v1."""
    first, second = (copy.deepcopy(avro_schema("item")) for _ in range(2))
    next(field for field in first["fields"] if field["name"] == "title")["type"] = "bytes"
    second["fields"] = [field for field in second["fields"] if field["name"] != "title"]
    known = [Release("item", number, schema, ()) for number, schema in enumerate((first, second), start=1)]
    assert refusals("item", known[1:]) == []
    [problem] = refusals("item", known)
    assert str(problem) == "Item.title: type changed from bytes to string since v1: add a new field instead"


def read_by(schema: Schema, known: list[Release], name: str) -> list[str]:
    return [str(problem) for problem in misread(known, schema, promised_level(RECORDS[name]))]


class TestGoldenBytes:
    """The second opinion: fastavro, on the bytes that versions really wrote."""

    @pytest.fixture
    def known(self) -> list[Release]:
        return releases("behavior_event")

    def test_a_good_reader_misreads_nothing(self, known: list[Release], later: Schema) -> None:
        assert read_by(later, known, "behavior_event") == []

    def test_a_field_without_default_cannot_be_read(self, known: list[Release], later: Schema) -> None:
        later["fields"][-1].pop("default")
        assert [problem[:43] for problem in read_by(later, known, "behavior_event")] == [
            "BehaviorEvent: the schema in avro/ reads v1"
        ] * len(known[0].golden)

    def test_a_removed_symbol_changes_what_is_read(self, known: list[Release], later: Schema) -> None:
        action = next(field for field in later["fields"] if field["name"] == "action")
        action["type"]["symbols"].remove("rate")
        assert "BehaviorEvent.action: the schema in avro/ reads v1: 'rate' became 'unknown'" in read_by(
            later, known, "behavior_event"
        )

    def test_older_readers_must_read_newer_bytes_of_an_event(self, tmp_path: Path, known: list[Release]) -> None:
        """Under BACKWARD a field may go; under FULL the older reader, which needs it, fails."""
        needing = copy.deepcopy(known[0].schema)
        needing["fields"].append({"name": "needed", "type": "string", "doc": "x"})
        versions = [Release("behavior_event", 1, needing, ()), known[0]._replace(version=2)]
        full = list(misread(versions, known[0].schema, "FULL_TRANSITIVE"))
        assert {problem.why[:11] for problem in full} == {"v1 reads v2"}
        assert list(misread(versions, known[0].schema, "BACKWARD_TRANSITIVE")) == []

    def test_lost_bytes_are_noticed(self, known: list[Release]) -> None:
        golden = known[0].golden[0]
        longer = known[0]._replace(golden=(golden._replace(avro=golden.avro + b"\x00\x00"),))
        assert "2 bytes are left" in " ".join(read_by(known[0].schema, [longer], "behavior_event"))


def test_every_mark_is_used() -> None:
    marks = set(_marks(list(RECORDS)))
    assert marks == set(PERSONAL)


def _marks(names: list[str]) -> Iterator[str]:
    for name in names:
        yield from (field["personal"] for field in avro_schema(name)["fields"] if "personal" in field)
