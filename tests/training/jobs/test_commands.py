"""What a job runs: only what is foreseen, and where it stands."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.errors import JobArgumentError
from topics.jobs.kinds import KINDS, told
from training.jobs.commands import steps


def test_training_releases_where_that_is_wanted(tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    train = ["train", "deepfm", "--out", out, "--tenant", "acme", "--json"]
    keep = ["models", "keep", out, "--json"]
    assert steps("train", "acme", {"recipe": "deepfm"}, tmp_path) == [train, keep]
    asked = {"recipe": "deepfm", "examples": "e.arrow", "seed": "3", "release": "true"}
    assert steps("train", "acme", asked, tmp_path) == [
        [*train, "--examples", "e.arrow", "--seed", "3"],
        ["models", "release", out, "--json"],
    ]


def test_what_another_worker_began_is_gone_on_with(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").touch()
    asked = {"recipe": "deepfm", "release": "true"}
    (begun, release) = steps("train", "acme", asked, tmp_path)
    assert begun[-1] == "--resume"
    (run / "metrics.json").touch()
    assert steps("train", "acme", asked, tmp_path) == [release], "a finished run is released only"
    for each in run.iterdir():
        each.unlink()
    assert steps("train", "acme", asked, tmp_path) == [release], "so is a recall model, which is saved whole"


def test_the_other_kinds_are_one_command_each(tmp_path: Path) -> None:
    arguments = {"examples": {"out": "e.arrow"}, "evaluate": {"data": "folder"}, "outcomes": {}, "vectors": {}}
    for kind, asked in arguments.items():
        (command,) = steps(kind, "acme", asked, tmp_path)
        assert command[-1] == "--json"
    assert {*arguments, "train", "features"} == set(KINDS)


def test_a_dataset_is_made_beside_the_tenants_jobs_and_found_there(tmp_path: Path) -> None:
    job, other = tmp_path / "acme" / "job-1", tmp_path / "acme" / "job-2"
    dataset = str(tmp_path / "acme" / "datasets" / "daily")
    asked = {"dataset": "daily", "source": "history", "features": "hour,item_age", "format": "parquet"}
    examples, features = steps("features", "acme", asked, job)
    assert examples[:2] == ["examples", "history"]
    assert features[:3] == ["features", "materialize", str(job / "examples.arrow")]
    assert features[3:5] == ["--out", dataset]
    assert features[-5:] == ["--feature", "hour", "--feature", "item_age", "--json"]
    train, _ = steps("train", "acme", {"recipe": "deepfm", "dataset": "daily"}, other)
    assert train[-2:] == ["--examples", dataset]


@pytest.mark.parametrize(
    ("kind", "asked", "named"),
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
        ("features", {}, "dataset"),
        ("features", {"dataset": "../up"}, "dataset"),
        ("features", {"dataset": "d" * 65}, "dataset"),
        ("features", {"dataset": "d", "features": "hour,--help"}, "features"),
        ("features", {"dataset": "d", "format": "csv"}, "format"),
        ("train", {"recipe": "deepfm", "dataset": "a/b"}, "dataset"),
    ],
)
def test_what_a_kind_does_not_know_is_refused_by_name(kind: str, asked: dict[str, str], named: str) -> None:
    with pytest.raises(JobArgumentError, match=named) as refused:
        told(kind, asked)
    assert refused.value.argument == ("kind" if kind == "shutdown" else named)


OPTIONS = {"--tenant", "--out", "--json", "--format", "--feature", "--examples", "--seed"}
words = st.text(st.sampled_from("ab/.-,_ \0A0"), max_size=6) | st.sampled_from(["daily", "hour,item_age", "served"])


@given(
    st.sampled_from([("features", ("dataset", "source", "features", "format")), ("train", ("dataset", "recipe"))]),
    st.lists(words, min_size=4, max_size=4),
)
def test_no_word_becomes_an_option_or_leads_out_of_the_tenants_folder(
    kind: tuple[str, tuple[str, ...]], said: list[str]
) -> None:
    name, arguments = kind
    folder = Path("/jobs/acme/job-1")
    try:
        commands = steps(name, "acme", dict(zip(arguments, said, strict=False)), folder)
    except JobArgumentError:
        return
    for command in commands:
        assert {word for word in command if word.startswith("-")} <= OPTIONS
        for option, value in pairwise(command):
            if option in ("--out", "--examples"):
                assert Path(value).resolve().is_relative_to(folder.parent)
