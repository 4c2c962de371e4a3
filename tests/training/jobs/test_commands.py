"""What a job runs: only what is foreseen, and where it stands."""

from pathlib import Path

import pytest

from training.errors import JobArgumentError
from training.jobs.commands import KINDS, check, steps


def test_training_releases_where_that_is_wanted(tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    train = ["train", "deepfm", "--out", out, "--tenant", "acme", "--json"]
    assert steps("train", "acme", {"recipe": "deepfm"}, tmp_path) == [train]
    told = {"recipe": "deepfm", "examples": "e.arrow", "seed": "3", "release": "true"}
    assert steps("train", "acme", told, tmp_path) == [
        [*train, "--examples", "e.arrow", "--seed", "3"],
        ["models", "release", out, "--json"],
    ]


def test_what_another_worker_began_is_gone_on_with(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").touch()
    told = {"recipe": "deepfm", "release": "true"}
    (begun, release) = steps("train", "acme", told, tmp_path)
    assert begun[-1] == "--resume"
    (run / "metrics.json").touch()
    assert steps("train", "acme", told, tmp_path) == [release], "a finished run is released only"
    for each in run.iterdir():
        each.unlink()
    assert steps("train", "acme", told, tmp_path) == [release], "so is a recall model, which is saved whole"


def test_the_other_kinds_are_one_command_each(tmp_path: Path) -> None:
    arguments = {"examples": {"out": "e.arrow"}, "evaluate": {"data": "folder"}, "outcomes": {}, "vectors": {}}
    for kind, told in arguments.items():
        (command,) = steps(kind, "acme", told, tmp_path)
        assert command[-1] == "--json"
    assert {*arguments, "train"} == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "told", "named"),
    [
        ("shutdown", {}, "shutdown"),
        ("train", {}, "recipe"),
        ("train", {"recipe": "--help"}, "recipe"),
        ("train", {"recipe": ""}, "recipe"),
        ("train", {"recipe": "deepfm", "out": "/etc"}, "out"),
        ("train", {"recipe": "deepfm", "seed": "-1"}, "seed"),
        ("train", {"recipe": "deepfm", "seed": "many"}, "seed"),
        ("examples", {"out": "-", "source": "served"}, "out"),
        ("examples", {"out": "e.arrow", "source": "dreams"}, "source"),
        ("evaluate", {}, "data"),
        ("vectors", {"model": "als"}, "model"),
    ],
)
def test_what_a_kind_does_not_know_is_refused_by_name(kind: str, told: dict[str, str], named: str) -> None:
    with pytest.raises(JobArgumentError, match=named):
        check(kind, told)
