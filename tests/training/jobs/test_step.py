"""A step is a command of its own: its result, its failure and its end."""

import os
from pathlib import Path

import pytest

from training.errors import JobFailedError
from training.jobs.step import RunningStep
from training.progress import FILE, Progress, tell, told


def test_the_last_line_is_the_result(tmp_path: Path) -> None:
    with RunningStep(["features", "list", "--json"], tmp_path) as step:
        assert step.wait(60)
        assert "features" in (tmp_path / "features.out").read_text()
        assert isinstance(step.result(), dict)
        assert step.progress == Progress(0.0, "")


def test_a_failure_says_what_the_command_said(tmp_path: Path) -> None:
    with RunningStep(["train", "no-such-recipe", "--out", str(tmp_path / "out")], tmp_path) as step:
        assert step.wait(60)
        with pytest.raises(JobFailedError, match="no-such-recipe: no such file"):
            step.result()


def test_what_runs_on_is_ended_with_the_block(tmp_path: Path) -> None:
    with RunningStep(["status", "--help"], tmp_path) as step:
        pass
    assert step.wait(0)


def test_progress_is_told_by_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(0.5, "nobody listens")
    monkeypatch.setitem(os.environ, FILE, str(tmp_path / "progress"))
    tell(0.25, "epoch 1")
    tell(1.5, "epoch 2")
    assert told(tmp_path / "progress") == Progress(1.0, "epoch 2")
    assert told(tmp_path / "nothing") == Progress(0.0, "")
