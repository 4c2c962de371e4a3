"""The closed loop: what it learns from is what it served, and it can be repeated."""

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.demo.experiment import ClickRate
from deploy.evaluation.loop import curves, lift
from deploy.evaluation.loop_cli import loop

RECIPE = """
name = "lambdamart"
features = ["recall_*", "cross_tag_*"]
[model]
kind = "lambdamart"
trees = 10
least = 5
"""
app = typer.Typer()
app.command()(loop)


def play(folder: Path) -> Result:
    folder.mkdir()
    (folder / "small.toml").write_text(RECIPE)
    size = ["--users", "120", "--items", "150", "--rounds", "3"]
    arguments = [*size, "--recipe", str(folder / "small.toml"), "--out", str(folder / "out"), "--json"]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("loop") / "first"
    return folder, play(folder)


def test_it_prints_one_object_and_draws_a_curve(played: tuple[Path, Result]) -> None:
    folder, result = played
    assert result.exit_code == 0
    printed = orjson.loads(result.stdout.splitlines()[-1])
    assert set(printed["rates"]) == {"random", "popular", "tideline"}
    assert all(len(rates) == 3 for rates in printed["rates"].values())
    assert printed["lift_over_popular"] > 0
    assert (folder / "out" / "curve.png").read_bytes()[:4] == b"\x89PNG"
    assert "round" in result.stderr


def test_models_are_trained_on_what_was_served(played: tuple[Path, Result]) -> None:
    runs = sorted((played[0] / "out").glob("run-*/model/manifest.json"))
    assert runs, "no ranker was trained"
    assert orjson.loads(runs[0].read_bytes())["params"]["heads"] == "click,like"


def test_the_same_seed_gives_the_same_clicks(played: tuple[Path, Result], tmp_path: Path) -> None:
    again = play(tmp_path / "again")
    assert again.stdout == played[1].stdout


def test_the_lift_is_that_of_the_later_rounds() -> None:
    early = {"tideline": ClickRate(10, 0), "popular": ClickRate(10, 9)}
    late = {"tideline": ClickRate(10, 6), "popular": ClickRate(10, 3)}
    assert lift([early, late]) == 2
    assert curves([early, late]) == {"tideline": [0, 0.6], "popular": [0.9, 0.3]}
