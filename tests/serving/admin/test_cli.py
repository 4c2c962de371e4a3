"""`tideline tenants` against a running server; keys are printed once where they are made, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from serving import cli as serving_cli
from serving.admin.cli import app
from serving.errors import CallError
from serving.security.caller import Doorkeeper
from serving.security.guard import Guard
from serving.security.keyring import key_hash
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.serving import served
from tests.serving.tenant_log import TenantLog

OPERATORS = "tide_operators-key"

recommending = typer.Typer()
recommending.command()(serving_cli.recommend)


@pytest.fixture
async def port() -> AsyncIterator[str]:
    log = TenantLog()
    guard = Guard(doorkeeper=Doorkeeper(log.keyring, lambda: NOW, [key_hash(OPERATORS)]))
    async with served(FixedWorld(catalogue_of([True])), guard=guard, tenants=log) as running:
        yield str(running.server.port)


async def run(command: typer.Typer, *arguments: str, key: str | None = OPERATORS) -> Result:
    env = {"COLUMNS": "120", "TIDELINE_KEY": key}
    return await asyncio.to_thread(CliRunner(env=env).invoke, command, list(arguments))


async def test_a_tenant_is_created_listed_and_given_another_key(port: str) -> None:
    made = await run(app, "create", TENANT, "--title", "Acme", "--port", port)
    assert made.exit_code == 0, made.output
    first = made.stdout.strip()
    rotated = await run(app, "rotate", TENANT, "--grace-s", "60", "--port", port, "--json", key=first)
    assert rotated.exit_code == 0, "a tenant rotates its own key"
    second = orjson.loads(rotated.stdout)["key"]
    for key in (first, second):
        asked = await run(recommending, TENANT, "u", "--port", port, "-n", "1", key=key)
        assert asked.exit_code == 0, asked.output
        assert key not in asked.output
    listed = await run(app, "list", "--port", port)
    assert TENANT in listed.output
    assert "Acme" in listed.output
    (told,) = orjson.loads((await run(app, "list", "--port", port, "--json")).stdout)["tenants"]
    assert (told["tenant_id"], told["keys"]) == (TENANT, 2)
    for key in (first, second, OPERATORS):
        assert key not in listed.output


async def test_a_tenant_is_no_operator(port: str) -> None:
    key = (await run(app, "create", TENANT, "--port", port)).stdout.strip()
    for command in (("list",), ("create", "another"), ("rotate", "another")):
        refused = await run(app, *command, "--port", port, key=key)
        assert isinstance(refused.exception, CallError)
        assert "PERMISSION_DENIED" in str(refused.exception)
        assert key not in f"{refused.output}{refused.exception}"


async def test_without_a_key_the_variable_is_named(port: str) -> None:
    for command, arguments in ((app, ["list"]), (recommending, [TENANT, "u"])):
        refused = await run(command, *arguments, "--port", port, key=None)
        assert isinstance(refused.exception, CallError)
        assert "UNAUTHENTICATED" in str(refused.exception)
        assert "TIDELINE_KEY" in str(refused.exception)


async def test_a_key_given_as_an_option_goes_before_the_variable(port: str) -> None:
    listed = await run(app, "list", "--port", port, "--key", OPERATORS, key="wrong")
    assert listed.exit_code == 0, listed.output


async def test_help_shows_no_key() -> None:
    for command, arguments in ((app, ["list"]), (app, ["rotate"]), (recommending, [])):
        shown = await run(command, *arguments, "--help")
        assert shown.exit_code == 0
        assert "TIDELINE_KEY" in shown.output
        assert OPERATORS not in shown.output


async def test_operators_make_their_own_key() -> None:
    made = await run(app, "operator-key")
    key, digest = (line.partition("=")[2] for line in made.stdout.splitlines())
    assert key_hash(key) == digest
