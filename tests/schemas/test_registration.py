"""Registering: the level first and read back, every version in order, and nothing twice."""

import pytest

from schemas.catalog import avro_schema
from schemas.errors import IncompatibleSchemaError, RegistryUnavailableError
from schemas.governance.problem import Problem
from schemas.loading import load_codecs
from schemas.records import BehaviorEvent, Item, Record
from schemas.registration import Registration, register, registry_problems
from tests.schemas.fake_registry import FakeRegistry

SUBJECTS: dict[str, type[Record]] = {"events": BehaviorEvent, "items": Item}


def test_what_was_registered_can_be_loaded() -> None:
    fake = FakeRegistry()
    assert list(register(fake.client(), SUBJECTS)) == [
        Registration("events", "FULL_TRANSITIVE", 1, 1),
        Registration("items", "BACKWARD_TRANSITIVE", 2, 1),
    ]
    assert load_codecs(fake.client(), SUBJECTS).codec_for("items", Item).schema_id == 2


def test_the_level_is_set_before_a_schema_is_registered() -> None:
    fake = FakeRegistry()
    list(register(fake.client(), {"items": Item}))
    writes = [request for request in fake.requests if request.startswith("PUT") or request.endswith("/versions")]
    assert writes == ["PUT config/items", "POST subjects/items/versions"]


def test_registering_again_adds_nothing() -> None:
    fake = FakeRegistry()
    list(register(fake.client(), SUBJECTS))
    assert [done.added for done in register(fake.client(), SUBJECTS)] == [0, 0]
    assert fake.subjects == {"events": [1], "items": [2]}


def test_a_registry_that_does_not_keep_the_level_gets_no_schema() -> None:
    fake = FakeRegistry(keeps_levels=False)
    with pytest.raises(IncompatibleSchemaError, match="keeps items at level None though BACKWARD_TRANSITIVE was set"):
        list(register(fake.client(), {"items": Item}))
    assert fake.subjects == {}


def test_an_incompatible_schema_is_not_registered() -> None:
    with pytest.raises(IncompatibleSchemaError, match="new at /fields/12"):
        list(register(FakeRegistry(compatible=False).client(), {"items": Item}))


def test_a_schema_that_breaks_a_rule_keeps_everything_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.registration.check_all", lambda: [Problem("Item.title", "has no doc")])
    fake = FakeRegistry()
    with pytest.raises(IncompatibleSchemaError, match=r"nothing was registered:\nItem\.title: has no doc"):
        list(register(fake.client(), SUBJECTS))
    assert fake.requests == []


def test_a_registry_that_is_away_is_an_error() -> None:
    with pytest.raises(RegistryUnavailableError):
        list(register(FakeRegistry(down=True).client(), SUBJECTS))


def test_a_good_registry_has_no_problems() -> None:
    fake = FakeRegistry()
    assert registry_problems(fake.client(), SUBJECTS) == []
    list(register(fake.client(), SUBJECTS))
    assert registry_problems(fake.client(), SUBJECTS) == []


def test_a_wrong_level_and_a_refusal_are_problems() -> None:
    fake = FakeRegistry(compatible=True)
    fake.client().register("items", avro_schema("item"))
    fake.levels["items"] = "NONE"
    fake.compatible = False
    level, refused = registry_problems(fake.client(), {"items": Item})
    assert "is at level NONE, not BACKWARD_TRANSITIVE; run `tideline schemas register`" in level.why
    assert "refuses v1 beside its versions [1]" in refused.why
