"""`tideline train`: what it prints, what it leaves, how it stops."""

import os
import signal
import threading
from pathlib import Path

import orjson
import pytest
import torch
from typer.testing import CliRunner

from tests.training.planted import planted, written
from training import loop
from training.cli import app
from training.errors import ExamplesError, RecipeError

torch.set_num_threads(1)
RECIPE = """
name = "small"
features = ["item_*", "cross_*"]
[model]
kind = "deepfm"
hidden = [4]
[data]
validation = 0.25
[fitting]
epochs = 2
batch = 64
device = "cpu"
"""


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    (tmp_path / "small.toml").write_text(RECIPE)
    examples = written(tmp_path, planted(40, 8))
    return [str(tmp_path / "small.toml"), "--examples", str(examples), "--out", str(tmp_path / "run")]


def test_a_run_prints_one_object(given: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [*given, "--seed", "3", "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    printed = orjson.loads(result.stdout.splitlines()[-1])
    assert printed["model"] == str(tmp_path / "run" / "model")
    assert 0 <= printed["metrics"]["ndcg@10"] <= 1
    assert "seed = 3" in (tmp_path / "run" / "recipe.toml").read_text()


def test_ctrl_c_leaves_what_resume_goes_on_from(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals come to the main thread")
    original = loop.fit

    def interrupted(*arguments: object, report: object, **options: object) -> object:
        def tell(progress: loop.Progress) -> None:
            if progress.batch == 2:
                os.kill(os.getpid(), signal.SIGINT)

        return original(*arguments, report=tell, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("training.run.fit", interrupted)
        stopped = CliRunner().invoke(app, given)
    assert stopped.exit_code == 130
    assert "--resume" in stopped.stderr
    assert not (tmp_path / "run" / "model").exists()
    assert CliRunner().invoke(app, [*given, "--resume"], catch_exceptions=False).exit_code == 0
    assert (tmp_path / "run" / "model" / "manifest.json").exists()


def test_what_is_not_there_is_named(given: list[str], tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such file"):
        CliRunner().invoke(app, ["oracle", *given[1:]], catch_exceptions=False)
    given[2] = str(tmp_path / "nothing.arrow")
    with pytest.raises(ExamplesError, match=r"nothing\.arrow"):
        CliRunner().invoke(app, given, catch_exceptions=False)
