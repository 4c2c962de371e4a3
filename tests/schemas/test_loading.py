"""Codecs at start: looked up, never registered; one that is missing names the command that brings it."""

import copy
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import RECORDS, avro_schema
from schemas.codec import PREFIX
from schemas.errors import (
    IncompatibleSchemaError,
    RegistryUnavailableError,
    UnknownSchemaError,
    UnregisteredSchemaError,
)
from schemas.governance.examples import EXAMPLES
from schemas.loading import load_codecs, local_codecs
from schemas.records import BehaviorEvent, Item, Record
from tests.row_strategies import records
from tests.schemas.fake_registry import FakeRegistry
from topics.catalog import ACCEPTED, BEHAVIOR, TOPICS
from topics.changelogs import ITEM

SUBJECTS: dict[str, type[Record]] = {BEHAVIOR.subject: BehaviorEvent, ITEM.subject: Item}
EVENT = EXAMPLES[BehaviorEvent][0]


@pytest.fixture
def fake() -> FakeRegistry:
    """A registry that holds the subjects as `tideline schemas register` leaves them, and an older event schema."""
    fake = FakeRegistry()
    registry = fake.client()
    older = copy.deepcopy(avro_schema("behavior_event"))
    older["fields"] = [field for field in older["fields"] if field["name"] != "context"]
    registry.register(BEHAVIOR.subject, older)
    registry.register(BEHAVIOR.subject, avro_schema("behavior_event"))
    registry.set_level(BEHAVIOR.subject, "FULL_TRANSITIVE")
    registry.register(ITEM.subject, avro_schema("item"))
    registry.set_level(ITEM.subject, "BACKWARD_TRANSITIVE")
    fake.requests.clear()
    return fake


def test_every_subject_gets_its_codec_with_the_registrys_id(fake: FakeRegistry) -> None:
    codecs = load_codecs(fake.client(), SUBJECTS)
    assert codecs.of(BEHAVIOR).schema_id == 2
    assert codecs.codec_for(ITEM.subject, Item).schema_id == 3
    assert codecs.of(BEHAVIOR).decode(codecs.of(BEHAVIOR).encode(EVENT)) == EVENT


def test_every_version_is_known_before_the_first_record(fake: FakeRegistry) -> None:
    codecs = load_codecs(fake.client(), SUBJECTS)
    fake.down = True
    assert all(schema_id in codecs.cache for schema_id in (1, 2, 3))


def test_loading_writes_nothing(fake: FakeRegistry) -> None:
    load_codecs(fake.client(), SUBJECTS)
    lookups = {f"POST subjects/{subject}" for subject in SUBJECTS}
    assert {request for request in fake.requests if not request.startswith("GET")} == lookups


def test_a_schema_that_is_not_registered_names_the_command(fake: FakeRegistry) -> None:
    fake.requests.clear()
    with pytest.raises(UnregisteredSchemaError, match=rf"{ACCEPTED.subject} lacks.*tideline schemas register"):
        load_codecs(fake.client(), {ACCEPTED.subject: BehaviorEvent})
    assert ACCEPTED.subject not in fake.subjects


@pytest.mark.parametrize("level", ["NONE", "FULL", None])
def test_another_level_than_the_promised_one_is_refused(fake: FakeRegistry, level: str | None) -> None:
    fake.levels = {} if level is None else {BEHAVIOR.subject: level}
    with pytest.raises(IncompatibleSchemaError, match=r"not FULL_TRANSITIVE; run `tideline schemas register`"):
        load_codecs(fake.client(), {BEHAVIOR.subject: BehaviorEvent})


def test_a_registry_that_is_away_is_an_error(fake: FakeRegistry) -> None:
    fake.down = True
    with pytest.raises(RegistryUnavailableError):
        load_codecs(fake.client(), SUBJECTS)


def test_a_schema_registered_later_is_fetched_once(fake: FakeRegistry) -> None:
    codecs = load_codecs(fake.client(), SUBJECTS)
    later = copy.deepcopy(avro_schema("behavior_event"))
    later["doc"] = "said otherwise"
    schema_id = fake.client().register(BEHAVIOR.subject, later)
    payload = PREFIX.pack(0, schema_id) + codecs.of(BEHAVIOR).encode(EVENT)[PREFIX.size :]
    with pytest.raises(UnknownSchemaError):
        codecs.of(BEHAVIOR).decode(payload)
    fake.requests.clear()
    codecs.fetch(schema_id)
    codecs.fetch(schema_id)
    assert fake.requests == [f"GET schemas/ids/{schema_id}"]
    assert codecs.of(BEHAVIOR).decode(payload) == EVENT


def test_an_id_that_the_registry_lacks_stays_unknown(fake: FakeRegistry) -> None:
    with pytest.raises(UnknownSchemaError, match="99"):
        load_codecs(fake.client(), SUBJECTS).fetch(99)


def test_a_schema_that_cannot_be_used_alone_stays_unknown(fake: FakeRegistry) -> None:
    fake.schemas.append('{"type": "record", "name": "A", "fields": [{"name": "b", "type": "elsewhere.B"}]}')
    codecs = load_codecs(fake.client(), SUBJECTS)
    with pytest.raises(UnknownSchemaError):
        codecs.fetch(len(fake.schemas))
    assert len(fake.schemas) not in codecs.cache


def test_while_the_registry_is_away_an_id_is_neither_known_nor_unknown(fake: FakeRegistry) -> None:
    codecs = load_codecs(fake.client(), SUBJECTS)
    fake.down = True
    with pytest.raises(RegistryUnavailableError):
        codecs.fetch(99)


def test_a_registry_that_has_not_read_its_own_log_yet_is_not_believed(fake: FakeRegistry) -> None:
    codecs = load_codecs(fake.client(), SUBJECTS)
    fake.client().register(BEHAVIOR.subject, {**avro_schema("behavior_event"), "doc": "said otherwise"})
    held, fake.schemas = fake.schemas, []
    for schema_id in (4, 99):
        with pytest.raises(RegistryUnavailableError, match="does not have schema 3, which it had: it is starting"):
            codecs.fetch(schema_id)
    fake.schemas = held
    codecs.fetch(4)
    assert 4 in codecs.cache
    with pytest.raises(UnknownSchemaError):
        codecs.fetch(99)


def test_a_schema_that_comes_while_it_is_asked_for_is_found(fake: FakeRegistry) -> None:
    registry = fake.client()
    registry.register(BEHAVIOR.subject, {**avro_schema("behavior_event"), "doc": "said otherwise"})
    answers = iter([None, registry.schema(3), registry.schema(4)])
    codecs = load_codecs(registry, SUBJECTS)
    with patch.object(registry, "schema", autospec=True, side_effect=lambda _: next(answers)):
        codecs.fetch(4)
    assert 4 in codecs.cache


def test_a_topic_that_was_not_loaded_has_no_codec(fake: FakeRegistry) -> None:
    codecs = load_codecs(fake.client(), SUBJECTS)
    with pytest.raises(KeyError):
        codecs.of(ACCEPTED)
    with pytest.raises(KeyError, match="carries BehaviorEvent, not Item"):
        codecs.codec_for(BEHAVIOR.subject, Item)


@given(record=records(), other=st.sampled_from(sorted(RECORDS)))
def test_local_codecs_work_without_a_registry(record: Record, other: str) -> None:
    codecs = local_codecs({topic.subject: topic.record for topic in TOPICS})
    subject = next(topic.subject for topic in TOPICS if topic.record is type(record))
    codec = codecs.codec_for(subject, type(record))
    assert codec.decode(codec.encode(record)) == record
    same = next(topic for topic in TOPICS if topic.record is RECORDS[other])
    assert (codecs.of(same).schema_id == codec.schema_id) == (RECORDS[other] is type(record))
    with pytest.raises(UnknownSchemaError):
        codecs.fetch(99)
