"""`tideline schemas`: what it prints and its exit codes."""

import copy
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from schemas.catalog import RECORDS, avro_schema
from topics.catalog import TOPICS
from topics.schemas_cli import app

run = CliRunner().invoke


@pytest.fixture
def spoiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The item's schema without the title's doc, and with its stamps' layout changed."""
    schemas: dict[str, Any] = {name: copy.deepcopy(avro_schema(name)) for name in RECORDS}
    fields = {field["name"]: field for field in schemas["item"]["fields"]}
    fields["title"].pop("doc")
    fields["stamps"]["packed"]["format"] = "<qq"
    for module in ("schemas.governance.lint", "schemas.governance.check", "topics.schemas_cli"):
        monkeypatch.setattr(f"{module}.avro_schema", schemas.__getitem__)


@pytest.mark.parametrize("command", ["lint", "check"])
def test_good_schemas_exit_with_0(command: str) -> None:
    result = run(app, [command])
    assert result.exit_code == 0
    assert "every" in result.stdout


@pytest.mark.usefixtures("spoiled")
@pytest.mark.parametrize("command", ["lint", "check", "release"])
def test_a_bad_schema_exits_with_1_and_its_reasons(command: str) -> None:
    result = run(app, [command], env={"COLUMNS": "200"})
    assert result.exit_code == 1
    assert "Item.title" in result.stdout
    assert "has no doc" in result.stdout


@pytest.mark.usefixtures("spoiled")
def test_diff_shows_a_change_and_its_verdict() -> None:
    result = run(app, ["diff", "item"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "packed layout changed" in result.stdout
    assert "refused: the bytes in older rows have the old layout" in result.stdout


def test_diff_of_what_is_released_is_empty() -> None:
    assert "nothing changed" in run(app, ["diff"]).stdout


def test_list_as_json_names_every_schema_and_subject() -> None:
    listed = orjson.loads(run(app, ["list", "--json"]).stdout.splitlines()[-1])["schemas"]
    assert [schema["name"] for schema in listed] == list(RECORDS)
    assert {subject for schema in listed for subject in schema["subjects"]} == {topic.subject for topic in TOPICS}
    event = listed[0]
    assert (event["owner"], event["level"], event["versions"][0]) == ("recommendation", "FULL_TRANSITIVE", 1)
    assert event["personal"] == ["user_id", "context"]


def test_list_as_a_table_names_every_schema() -> None:
    shown = run(app, ["list"], env={"COLUMNS": "200"}).stdout
    assert all(name in shown for name in RECORDS)


def test_a_schema_that_there_is_not_is_wrong_usage() -> None:
    result = run(app, ["lint", "nothing"])
    assert result.exit_code == 2
    assert "no schema is named 'nothing'" in result.stderr


def test_every_topics_record_is_one_of_ours() -> None:
    assert {topic.record for topic in TOPICS} == set(RECORDS.values())
