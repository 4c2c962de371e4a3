"""`tideline recommend` against a running server; `tideline serve` where it cannot start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from serving import cli
from serving.errors import CallError, InvalidConfigError
from tests.serving.fakes import TENANT, FixedChannel, FixedWorld, catalogue_of
from tests.serving.serving import served

app = typer.Typer()
app.command()(cli.recommend)
app.command()(cli.serve)


async def tideline(*arguments: str) -> Result:
    """Run a command in a thread, so that a server in this loop can answer it."""
    return await asyncio.to_thread(CliRunner(env={"COLUMNS": "120"}).invoke, app, list(arguments))


async def test_recommend_shows_titles_channels_and_reasons() -> None:
    world = FixedWorld(catalogue_of([True, True, True]))
    async with served(world, {"hot": FixedChannel("hot", [2])}) as running:
        port = str(running.server.port)
        shown = await tideline("recommend", TENANT, "u", "--port", port, "-n", "2")
        told = await tideline("recommend", TENANT, "u", "--port", port, "-n", "2", "--json")
    assert shown.exit_code == 0, shown.output
    assert "Title 2" in shown.output
    assert "popular now" in shown.output
    assert "filled up with what is popular" in shown.output
    answer = orjson.loads(told.stdout.splitlines()[-1])
    assert [item["item_id"] for item in answer["items"]] == ["item-2", "item-1"]
    assert answer["degraded"] is False


async def test_a_refusal_is_told_in_one_line() -> None:
    async with served(FixedWorld(catalogue_of([True]))) as running:
        refused = await tideline("recommend", TENANT, "u", "--port", str(running.server.port), "-n", "0")
    assert isinstance(refused.exception, CallError)
    assert "INVALID_ARGUMENT: count: must be 1 to 500, not 0" in str(refused.exception)


async def test_without_a_server_the_command_that_starts_one_is_named() -> None:
    absent = await tideline("recommend", TENANT, "u", "--port", "1")
    assert isinstance(absent.exception, CallError)
    assert "tideline serve" in str(absent.exception)


async def test_a_wrong_configuration_stops_serve_before_it_starts(tmp_path: Path) -> None:
    wrong = tmp_path / "serving.toml"
    wrong.write_text("[default]\nranker = 'oracle'\n")
    refused = await tideline("serve", "--config", str(wrong))
    assert isinstance(refused.exception, InvalidConfigError)
    assert refused.exception.path == "default.ranker"


async def test_an_unknown_service_is_named_with_those_that_there_are() -> None:
    refused = await tideline("serve", "recall", "oracle")
    assert isinstance(refused.exception, InvalidConfigError)
    assert "no service is named 'oracle'; there are recall, ranking" in str(refused.exception)


async def test_a_wrong_address_of_another_service_stops_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_DISCOVERY_RANKING_ADDRESS", "nowhere")
    refused = await tideline("serve", "recommend")
    assert isinstance(refused.exception, InvalidConfigError)
    assert refused.exception.path == "TIDELINE_DISCOVERY_RANKING_ADDRESS"


async def test_a_server_without_keys_is_not_opened_to_others() -> None:
    refused = await tideline("serve", "--host", "0.0.0.0")
    assert isinstance(refused.exception, InvalidConfigError)
    assert "loopback" in str(refused.exception)


async def test_limits_that_are_none_stop_serve_before_it_starts(tmp_path: Path) -> None:
    wrong = tmp_path / "serving.toml"
    wrong.write_text("[limits.tenant.acme]\nburst = 0\n")
    refused = await tideline("serve", "--config", str(wrong))
    assert isinstance(refused.exception, InvalidConfigError)
    assert refused.exception.path == "limits.tenant.acme.burst"
