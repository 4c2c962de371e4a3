"""`tideline refresh` where it cannot start."""

import pytest
import typer
from typer.testing import CliRunner

from serving.errors import InvalidConfigError
from serving.refresher.cli import refresh
from serving.refresher.settings import TELLING, RefresherSettings

app = typer.Typer()
app.command()(refresh)


def test_a_target_without_a_port_is_named() -> None:
    result = CliRunner().invoke(app, ["--target", "localhost"])
    assert isinstance(result.exception, InvalidConfigError)
    assert result.exception.path == "target"


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--count", "501"], ["--metrics-port", "-1"]])
def test_what_is_out_of_range_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_REFRESHER_ACTIONS", '["purchase"]')
    monkeypatch.setenv("TIDELINE_REFRESHER_EVERY", "3")
    settings = RefresherSettings()
    assert (set(settings.actions), settings.every) == ({"purchase"}, 3)
    assert {"like", "complete", "purchase", "favorite", "share"} == TELLING
