"""`tideline bench` prints what programs read: one object, the last line, with the keys that it promises."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from deploy.bench import cli, folding, rebuilding
from deploy.bench.errors import WrongTablesError
from deploy.bench.freshness import Freshness
from deploy.bench.restoring import Restored

PEERS = ["quixstreams", "kafka_streams_1", "kafka_streams_2"]
FOLD = {"tideline", *PEERS, "tideline_buckets", *(f"{name}_buckets" for name in PEERS), "exact"}
KEYS = {
    "fold": FOLD,
    "rebuild": {"events_per_s", "exact"},
    "scale": {"workers_1", "workers_2"},
    "freshness": {"p50_ms", "p99_ms"},
    "restore": {"rows_per_s", "seconds"},
    "recover": {"seconds", "kills"},
}


class FakeRig:
    """Takes a workload and keeps nothing."""

    async def fill(self, workload: Any) -> None:
        """Do nothing."""

    folder = None

    class kafka:
        bootstrap_servers = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def open_rig(console: Console) -> AsyncIterator[FakeRig]:
        yield FakeRig()

    async def pace(*_: Any, **__: Any) -> float:
        return 1234.56

    async def fresh(*_: Any) -> Freshness:
        return Freshness([1.0, 2.0, 3.0])

    async def recovered(*_: Any) -> list[float]:
        return [11.0, 12.0]

    async def restored(*_: Any) -> Restored:
        return Restored(1000, 5000, 0.5)

    monkeypatch.setattr(cli, "open_rig", open_rig)
    monkeypatch.setattr(folding, "fold", pace)
    monkeypatch.setattr(rebuilding, "rebuild", pace)
    monkeypatch.setattr(cli, "measure_freshness", fresh)
    monkeypatch.setattr(cli, "restore_table", restored)
    monkeypatch.setattr(cli, "measure_recovery", recovered)
    monkeypatch.delenv("TIDELINE_PEERS", raising=False)


def run(command: str) -> dict[str, Any]:
    events = ["--events", "1000"] if command in {"fold", "rebuild", "scale"} else []
    result = CliRunner().invoke(cli.app, [command, *events, "--json"])
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.mark.parametrize("command", KEYS)
def test_the_last_line_has_the_keys_that_are_promised(command: str) -> None:
    assert run(command).keys() == KEYS[command]


def test_a_peer_that_is_absent_is_null() -> None:
    figures = run("fold")
    assert figures["tideline"] == 1234.6
    assert figures["kafka_streams_2"] is None


def test_no_rate_is_printed_when_the_tables_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wrong(*_: Any, **__: Any) -> float:
        raise WrongTablesError("1 rows of item_stats")

    monkeypatch.setattr(rebuilding, "rebuild", wrong)
    result = CliRunner().invoke(cli.app, ["rebuild", "--events", "1000", "--json"])
    assert isinstance(result.exception, WrongTablesError)
    assert orjson.loads(result.stdout.splitlines()[-1]) == {"exact": False}
