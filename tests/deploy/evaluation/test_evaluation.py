"""The evaluation as a whole, on a tiny set with planted tastes."""

import math
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.evaluation.cli import evaluate
from deploy.evaluation.scoring import METRICS, RANKING
from deploy.load.errors import LoadError
from tests.deploy.evaluation.movies import write_movies

RECIPE = """
name = "lambdamart"
heads = { like = 1.0, click = 1.0 }
features = ["recall_*", "cross_*"]
[model]
kind = "lambdamart"
trees = 20
least = 5
"""
app = typer.Typer()
app.command()(evaluate)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """What the command left, and what it printed."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "small.toml").write_text(RECIPE)
    data = write_movies(folder / "data")
    arguments = ["--data", str(data), "--recipe", str(folder / "small.toml"), "--out", str(folder / "out"), "--json"]
    return folder / "out", CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_it_prints_and_keeps_one_object(given: tuple[Path, Result]) -> None:
    out, result = given
    assert result.exit_code == 0
    printed = orjson.loads(result.stdout.splitlines()[-1])
    assert printed == orjson.loads((out / "scores.json").read_bytes())
    assert set(printed["baselines"]) == {"popularity", "item_knn", "als", "ease"}
    systems = [printed["pipeline"], printed["recall_only"], *printed["baselines"].values()]
    for figures in systems:
        assert set(METRICS) <= set(figures)
        for estimate in figures.values():
            assert estimate["low"] <= estimate["high"]
            assert not math.isnan(estimate["value"])
    assert set(RANKING) <= set(printed["pipeline"])
    assert isinstance(printed["beats_best_baseline"], bool)
    assert isinstance(printed["ranking_beats_recall"], bool)


def test_planted_tastes_are_found(given: tuple[Path, Result]) -> None:
    scores = orjson.loads(given[1].stdout.splitlines()[-1])
    popular = scores["baselines"]["popularity"]["ndcg@10"]["value"]
    assert scores["pipeline"]["ndcg@10"]["value"] > 1.3 * popular
    assert scores["pipeline"]["gauc"]["value"] > 0.6


def test_the_picture_is_one(given: tuple[Path, Result]) -> None:
    header = (given[0] / "scores.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (1500, 900)


def test_the_table_names_every_system(given: tuple[Path, Result]) -> None:
    for name in ("popularity", "item_knn", "als", "ease", "recall only", "pipeline"):
        assert name in given[1].stderr


def test_the_ranker_that_it_made_can_be_released(given: tuple[Path, Result]) -> None:
    assert (given[0] / "run" / "model" / "manifest.json").exists()


def test_wrong_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="movies"):
        CliRunner().invoke(app, ["--data", str(tmp_path)], catch_exceptions=False)
    data = write_movies(tmp_path / "data")
    refused = CliRunner().invoke(app, ["--data", str(data), "--split", "sideways"])
    assert refused.exit_code == 2
    assert "peruser" in refused.stderr
