"""Against the real registry (Apicurio), whose own default would accept anything."""

import copy
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from deploy.local.stack import Stack
from schemas.catalog import avro_schema
from schemas.errors import (
    IncompatibleSchemaError,
    RegistryUnavailableError,
    UnknownSchemaError,
    UnregisteredSchemaError,
)
from schemas.governance.examples import EXAMPLES
from schemas.loading import load_codecs
from schemas.records import BehaviorEvent, Item, Record
from schemas.registration import register, registry_problems
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.schemas_cli import SUBJECTS, app

pytestmark = pytest.mark.integration

Schema = dict[str, Any]
EVENT = EXAMPLES[BehaviorEvent][0]


@pytest.fixture
def registry(stack: Stack) -> Iterator[Registry]:
    with Registry(RegistrySettings(url=stack.registry_url)) as registry:
        yield registry


@pytest.fixture
def subjects() -> dict[str, type[Record]]:
    """Two subjects that no other test uses, not registered yet."""
    unique = uuid4().hex
    return {f"{unique}.event-value": BehaviorEvent, f"{unique}.item-value": Item}


@pytest.fixture
def event_subject(registry: Registry, subjects: dict[str, type[Record]]) -> str:
    """The subject of the events, registered."""
    list(register(registry, subjects))
    return next(iter(subjects))


def changed(edit: Callable[[Schema], Any]) -> Schema:
    schema = copy.deepcopy(avro_schema("behavior_event"))
    edit(schema)
    return schema


def action(schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = next(field for field in schema["fields"] if field["name"] == "action")["type"]
    return found


def test_the_registrys_own_default_accepts_anything(stack: Stack) -> None:
    """Why the level is set and asserted: were this to change, `register` would still be right."""
    assert httpx.get(f"{stack.registry_url}/config").json() == {"compatibilityLevel": "NONE"}


def test_levels_are_set_and_schemas_registered(registry: Registry, subjects: dict[str, type[Record]]) -> None:
    assert [registry.level(subject) for subject in subjects] == [None, None]
    done = list(register(registry, subjects))
    assert [one.level for one in done] == ["FULL_TRANSITIVE", "BACKWARD_TRANSITIVE"]
    assert [registry.level(one.subject) for one in done] == [one.level for one in done]
    assert [
        registry.lookup(subject, avro_schema(name))
        for subject, name in zip(subjects, ("behavior_event", "item"), strict=True)
    ] == [one.schema_id for one in done]
    assert registry_problems(registry, subjects) == []
    assert [one.added for one in register(registry, subjects)] == [0, 0]


def test_what_was_registered_loads_and_reads(registry: Registry, subjects: dict[str, type[Record]]) -> None:
    list(register(registry, subjects))
    codecs = load_codecs(registry, subjects)
    codec = codecs.codec_for(next(iter(subjects)), BehaviorEvent)
    assert codec.decode(codec.encode(EVENT)) == EVENT  # type: ignore[arg-type]


def test_runtime_never_registers(registry: Registry, subjects: dict[str, type[Record]]) -> None:
    with pytest.raises(UnregisteredSchemaError, match="tideline schemas register"):
        load_codecs(registry, subjects)
    assert [registry.versions(subject) for subject in subjects] == [[], []]


def test_a_level_that_someone_lowered_is_noticed(registry: Registry, event_subject: str) -> None:
    registry.set_level(event_subject, "NONE")
    with pytest.raises(IncompatibleSchemaError, match=r"is at compatibility level NONE, not FULL_TRANSITIVE"):
        load_codecs(registry, {event_subject: BehaviorEvent})
    [problem] = registry_problems(registry, {event_subject: BehaviorEvent})
    assert "tideline schemas register" in problem.why


@pytest.mark.parametrize(
    "edit",
    [
        lambda schema: schema["fields"].append({"name": "session", "type": "string"}),
        lambda schema: schema["fields"].pop(3),
        lambda schema: schema["fields"][3].update(type="long"),
        lambda schema: schema.update(name="Behavior"),
    ],
    ids=["added without default", "removed without default", "changed type", "renamed"],
)
def test_the_registry_refuses_what_breaks_the_promise(
    registry: Registry, event_subject: str, edit: Callable[[Schema], Any]
) -> None:
    spoiled = changed(edit)
    assert not registry.is_compatible(event_subject, spoiled)
    with pytest.raises(IncompatibleSchemaError, match=r"(?i)incompatible"):
        registry.register(event_subject, spoiled)
    assert registry.versions(event_subject) == [1]


def test_a_version_of_a_later_release_is_read_with_its_unknown_action(registry: Registry, event_subject: str) -> None:
    codecs = load_codecs(registry, {event_subject: BehaviorEvent})
    later = changed(lambda schema: action(schema)["symbols"].append("teleport"))
    schema_id = registry.register(event_subject, later)
    assert schema_id not in codecs.cache
    codecs.fetch(schema_id)
    assert schema_id in codecs.cache
    assert schema_id in load_codecs(registry, {event_subject: BehaviorEvent}).cache


@pytest.mark.parametrize("schema_id", [2**31 - 1, 2**32 - 1])
def test_an_id_that_was_never_given_out_stays_unknown(registry: Registry, event_subject: str, schema_id: int) -> None:
    """2**32 - 1 is what random bytes may name: more than a Java int, which Apicurio could have answered with 500."""
    with pytest.raises(UnknownSchemaError, match=str(schema_id)):
        load_codecs(registry, {event_subject: BehaviorEvent}).fetch(schema_id)


def test_another_address_is_no_registry(stack: Stack) -> None:
    with pytest.raises(RegistryUnavailableError, match=r"answers 404.*TIDELINE_REGISTRY_URL"):
        Registry(RegistrySettings(url=f"{stack.registry_url}/nowhere")).versions("a")


def test_the_commands_work_against_it(stack: Stack, registry: Registry) -> None:
    run, environment = CliRunner().invoke, {"TIDELINE_REGISTRY_URL": stack.registry_url, "COLUMNS": "200"}
    registered = run(app, ["register"], env=environment)
    assert registered.exit_code == 0
    assert all(subject in registered.stdout for subject in SUBJECTS)
    assert run(app, ["check", "--registry"], env=environment).exit_code == 0
    load_codecs(registry, SUBJECTS)
