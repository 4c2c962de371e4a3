"""`tideline config` against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from serving.configuration.cli import app
from serving.errors import CallError, InvalidConfigError
from tests.serving.admin.administered import Running, administered
from tests.serving.configuration.histories import TENANT


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with administered() as found:
        yield found


async def config(running: Running, *arguments: str, stdin: str | None = None) -> Result:
    """Run a command in a thread, so that the server in this loop can answer it."""
    options = ("--tenant", TENANT, "--port", str(running.port))
    runner = CliRunner(env={"COLUMNS": "200"})
    return await asyncio.to_thread(runner.invoke, app, [*arguments, *options], input=stdin)


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout.splitlines()[-1])


async def test_toml_and_json_are_set_shown_listed_and_rolled_back(running: Running, tmp_path: Path) -> None:
    toml, json = tmp_path / "c.toml", tmp_path / "c.json"
    toml.write_text('ranker = "score"\nhot = { limit = 9 }\n')
    json.write_text('{"candidates": 3}')
    first = await config(running, "set", "serving", "--file", str(toml), "--reason", "a try", "--by", "ada")
    assert "serving of acme has version 1 now" in first.stdout
    assert (
        told(await config(running, "set", "serving", "--file", str(json), "--expect", "1", "--json"))["version"] == "2"
    )
    piped = await config(running, "set", "serving.x", "--file", "-", "--json", stdin='{"candidates": 5}')
    assert told(piped)["version"] == "1"
    assert orjson.loads((await config(running, "get", "serving")).stdout) == {"candidates": 3}
    effective = await config(running, "get", "serving.x", "--effective")
    assert orjson.loads(effective.stdout)["hot"]["limit"] == 60
    listed = told(await config(running, "list", "--json"))["configs"]
    assert [(each["component"], each["version"]) for each in listed] == [
        ("serving", "2"),
        ("serving.vlog", "0"),
        ("serving.x", "1"),
    ]
    assert "at start" in (await config(running, "list")).stdout
    assert told(await config(running, "rollback", "serving", "1", "--json"))["version"] == "3"
    shown = await config(running, "history", "serving")
    assert "a try" in shown.stdout
    assert "ada" in shown.stdout
    versions = told(await config(running, "history", "serving", "-n", "2", "--json"))["versions"]
    assert [orjson.loads(each["json"]).get("ranker") for each in versions] == ["score", None]


async def test_a_refusal_names_the_path(running: Running, tmp_path: Path) -> None:
    wrong = tmp_path / "c.toml"
    wrong.write_text("hot = { weight = -1 }")
    refused = await config(running, "set", "serving", "--file", str(wrong))
    assert isinstance(refused.exception, CallError)
    assert "INVALID_ARGUMENT: json.hot.weight" in str(refused.exception)
    assert not running.written


@pytest.mark.parametrize("text", ["[hot", "candidates = inf", "when = 1979-05-27"])
async def test_a_file_that_json_cannot_hold_is_refused_and_nothing_written(
    running: Running, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    refused = await config(running, "set", "serving", "--file", str(path))
    assert isinstance(refused.exception, InvalidConfigError | CallError)
    assert not running.written


async def test_a_file_that_is_not_there_is_named(running: Running) -> None:
    refused = await config(running, "set", "serving", "--file", "missing.json")
    assert isinstance(refused.exception, InvalidConfigError)
    assert "missing.json: cannot be read" in str(refused.exception)
