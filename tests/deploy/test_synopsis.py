from __future__ import annotations

import sys
from pathlib import Path

import pytest

from deploy.synopsis import synopsis

SOURCE = '''
"""What the module is for."""
import typer
import nothing_that_exists

app = typer.Typer(name="app", help="A group of commands.")
bare = typer.Typer()

def command() -> None:
    """Do one thing,
    over two lines.

    And more of it.
    """

def silent() -> None: ...
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "written_for_this_test.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    return "written_for_this_test"


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("command", "Do one thing, over two lines."),
        ("app", "A group of commands."),
        ("bare", "What the module is for."),
        ("silent", "What the module is for."),
    ],
)
def test_help_is_read_and_the_module_is_not_imported(module: str, attribute: str, expected: str) -> None:
    assert synopsis(module, attribute) == expected
    assert module not in sys.modules


def test_a_module_that_is_not_there_says_nothing() -> None:
    assert synopsis("deploy.never_written", "app") == ""
