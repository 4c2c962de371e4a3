"""The commands: `tideline topics` and `tideline produce`, on real servers."""

import orjson
import pytest
import typer
from typer.testing import CliRunner

from deploy.local.stack import Stack
from schemas.registration import register
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics import cli
from topics.catalog import BEHAVIOR, TOPICS
from topics.errors import UnknownTopicError
from topics.offsets import Partition
from topics.produce_cli import produce
from topics.reader import LogReader
from topics.routes import SUBJECTS

pytestmark = pytest.mark.integration

RUNNER = CliRunner()
PRODUCE = typer.Typer()
PRODUCE.command()(produce)

GOOD = b'{"tenant_id": "commands", "user_id": "u1", "item_id": "i1", "action": "click"}'


@pytest.fixture(autouse=True)
def servers(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KAFKA_BOOTSTRAP_SERVERS", stack.bootstrap_servers)
    monkeypatch.setenv("TIDELINE_REGISTRY_URL", stack.registry_url)
    monkeypatch.setenv("COLUMNS", "200")
    with Registry(RegistrySettings()) as registry:
        assert list(register(registry, SUBJECTS))
    assert RUNNER.invoke(cli.app, ["apply"]).exit_code == 0


def ends(reader: LogReader) -> dict[Partition, int]:
    return reader.offsets.end(reader.offsets.partitions(BEHAVIOR.name))


def test_after_apply_there_is_nothing_to_plan() -> None:
    result = RUNNER.invoke(cli.app, ["plan"])
    assert result.exit_code == 0
    assert "every topic is as declared" in result.stdout
    assert orjson.loads(RUNNER.invoke(cli.app, ["plan", "--json"]).stdout)["steps"] == []


def test_other_partitions_are_refused_by_plan_and_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KAFKA_PARTITIONS", "8")
    for command in ("plan", "apply"):
        result = RUNNER.invoke(cli.app, [command, "--json"])
        assert result.exit_code == 1
        steps = orjson.loads(result.stdout.splitlines()[-1])["steps"]
        assert [(step["topic"], step["step"]) for step in steps] == [(topic.name, "refused") for topic in TOPICS]
        assert "TIDELINE_KAFKA_PARTITIONS=4" in steps[0]["detail"]


def test_describe_shows_every_topic() -> None:
    shown = RUNNER.invoke(cli.app, ["describe"]).stdout
    assert all(topic.name in shown for topic in TOPICS)
    described = orjson.loads(RUNNER.invoke(cli.app, ["describe", "--json"]).stdout)["topics"]
    assert {row["partitions"] for row in described} == {4}


def test_lines_become_events_and_bad_ones_are_named(reader: LogReader) -> None:
    before = ends(reader)
    lines = [
        GOOD,
        b"",
        b"not json",
        b"[1]",
        GOOD.replace(b"click", b"stare"),
        GOOD.replace(b"u1", b""),
        GOOD.replace(b'"click"', b'"click", "colour": "red"'),
        GOOD.replace(b"i1", b"i2"),
    ]
    result = RUNNER.invoke(PRODUCE, [BEHAVIOR.name, "--json"], input=b"\n".join(lines))
    assert result.exit_code == 1
    assert orjson.loads(result.stdout.splitlines()[-1]) == {"confirmed": 2, "refused": 5}
    told = result.stderr.splitlines()
    assert [line.split(":")[0:2] for line in told] == [
        ["line 3", " JSON"],
        ["line 4", " JSON"],
        ["line 5", " action"],
        ["line 6", " user_id"],
        ["line 7", " colour"],
    ]
    after = ends(reader)
    assert sum(after[at] - before[at] for at in after) == 2


def test_good_lines_alone_end_well() -> None:
    result = RUNNER.invoke(PRODUCE, [BEHAVIOR.name], input=GOOD)
    assert result.exit_code == 0
    assert "1 events confirmed, 0 lines refused" in result.stdout


@pytest.mark.parametrize("name", ["nowhere", "behavior.accepted.v1", "item.table.v1"])
def test_topics_that_tideline_writes_itself_take_no_events(name: str) -> None:
    result = RUNNER.invoke(PRODUCE, [name], input=GOOD)
    assert isinstance(result.exception, UnknownTopicError)
    assert BEHAVIOR.name in str(result.exception)
