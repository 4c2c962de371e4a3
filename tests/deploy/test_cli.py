from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import COMMANDS, app
from deploy.errors import ServiceUnknownError
from deploy.local.settings import variable


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_help_lists_every_command_with_a_line_each_and_imports_none() -> None:
    program = (
        "import sys; from deploy.cli import app\n"
        "try: app(['--help'])\n"
        "finally: print(sorted({'deploy.local.cli', 'pydantic', 'grpc', 'faust', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *help_lines, imported = done.stdout.splitlines()
    listed = dict(line.split(maxsplit=1) for line in help_lines[help_lines.index("Commands:") + 1 :] if line)
    assert {"up", "down", "status", "logs"} <= listed.keys()
    assert all(listed.values())
    assert imported == "[]"


@pytest.mark.parametrize("entry", entry_points(group=COMMANDS), ids=lambda entry: str(entry.name))
def test_every_entry_point_is_a_command_or_a_group(entry: EntryPoint) -> None:
    command = entry.load()
    assert isinstance(command, typer.Typer) or callable(command)


def test_version_is_that_of_the_distribution() -> None:
    assert run("--version") == (0, f"tideline {version('tideline')}\n", "")


def test_an_unknown_command_is_a_usage_error() -> None:
    code, _out, err = run("fly")
    assert code == 2
    assert "No such command 'fly'" in err


def test_a_commands_own_help_comes_from_the_command() -> None:
    code, out, _err = run("up", "--help")
    assert code == 0
    assert "--kafka-port" in out


def test_our_own_error_is_one_line_and_code_1(tmp_path: Path) -> None:
    code, out, err = run("logs", "kafka", "--home", str(tmp_path))
    assert (code, out) == (1, "")
    assert err.startswith("error: kafka has written no log")
    assert len(err.splitlines()) == 1


def test_debug_lets_it_through(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--debug", "logs", "--home", str(tmp_path)])
    assert isinstance(result.exception, ServiceUnknownError)


def test_a_bad_setting_is_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("kafka_heap_mb"), "much")
    code, _out, err = run("status")
    assert code == 1
    assert err.startswith("error: StackSettings: kafka_heap_mb 'much'")
