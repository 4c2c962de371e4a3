"""`tideline features`."""

import orjson
import pytest
from typer.testing import CliRunner

from training.features.catalog import FEATURES, SEQUENCES
from training.features.errors import UnknownFeatureError
from training.features_cli import app

RUNNER = CliRunner()


def run(*arguments: str) -> str:
    result = RUNNER.invoke(app, arguments, env={"COLUMNS": "240"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_names_every_feature_with_its_default() -> None:
    listed = run("list")
    assert all(f" {name} " in listed for name in (*FEATURES, *SEQUENCES))
    assert "int32" in listed


def test_list_of_a_group_names_no_other() -> None:
    described = orjson.loads(run("list", "--group", "cross", "--json").splitlines()[-1])["features"]
    assert {each["group"] for each in described} == {"cross"}
    assert len(described) == sum(feature.group == "cross" for feature in FEATURES.values())


def test_show_tells_all_that_is_declared() -> None:
    described = orjson.loads(run("show", "weekday", "--json"))
    assert described["digest"] == FEATURES["weekday"].digest
    assert (described["kind"], described["vocabulary"][0], described["range"]) == ("category", "monday", [0, 6])
    assert "monday" in run("show", "weekday")
    assert orjson.loads(run("show", "user_items", "--json"))["shape"] == [50]


def test_an_unknown_name_is_foreseen() -> None:
    result = RUNNER.invoke(app, ["show", "item_agee"])
    assert isinstance(result.exception, UnknownFeatureError)


@pytest.mark.parametrize("name", ["item_age", "user_items"])
def test_show_has_a_range_where_there_is_one(name: str) -> None:
    assert ("range" in orjson.loads(run("show", name, "--json"))) == (name in FEATURES)
