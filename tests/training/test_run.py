"""Runs: they learn what is planted, are repeatable to the bit, and leave nothing half-done."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch

from tests.training.planted import planted, written
from training.artifact.forward.ranking import RankingModel
from training.artifact.manifest import Manifest
from training.artifact.storage import load
from training.errors import ArtifactError, DivergedError, RunError, StoppedError, UnfitExamplesError, WriteError
from training.example_files import ExampleReader
from training.examples import Examples
from training.recipe import Recipe
from training.report.outcome import Outcome
from training.run import MODEL, Provenance, run

torch.set_num_threads(1)
PROVENANCE = Provenance("t", "v1", 0, {"behavior.event.v1/0": 7}, {"behavior_event": 3})
LOSS = {"pointwise": 1.0, "listwise": 0.5}
KINDS: dict[str, dict[str, object]] = {
    "deepfm": {},
    "wide_deep": {"crosses": [["user_age", "item_age"]], "slots": 64},
    "two_tower": {"user": ["user_*"], "item": ["item_*"], "vector": 4},
}


def recipe(kind: str = "deepfm", epochs: int = 2, rate: float = 0.02, **more: object) -> Recipe:
    model = {"kind": kind, "embedding": 4, "hidden": [8, 4], "buckets": 6, **KINDS[kind]}
    fitting = {"epochs": epochs, "batch": 64, "learning_rate": rate, "device": "cpu", "checkpoint_steps": 2}
    given = {"name": kind, "model": model, "fitting": fitting, "loss": LOSS, "data": {"validation": 0.25}}
    return Recipe.model_validate({**given, **more})


def trained(
    folder: Path, how: Recipe, examples: Examples, stop_after: int | None = None, resume: bool = False
) -> Outcome:
    """Run in `folder/run`; with `stop_after`, ask to stop after so many steps."""
    path = folder / "examples.arrow"
    reader = ExampleReader.open(path if path.exists() else written(folder, examples))
    steps = itertools.count(1)
    stopping = (lambda: False) if stop_after is None else (lambda: next(steps) >= stop_after)
    return run(how, reader, folder / "run", PROVENANCE, resume=resume, stopping=stopping)


@cache
def data() -> Examples:
    return planted(40, 8)


def weights(folder: Path) -> bytes:
    return (folder / "run" / MODEL / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_signal_is_found(tmp_path: Path, kind: str) -> None:
    outcome = trained(tmp_path, recipe(kind, epochs=6), planted(120, 8))
    assert outcome.metrics["gauc"] > 0.85  # a constant has 0.5
    assert outcome.metrics["ndcg@10"] > 0.85
    assert outcome.metrics["log_loss"] < 0.8 * outcome.metrics["constant_log_loss"]
    model = load(tmp_path / "run" / MODEL)
    assert (model.manifest.kind, model.manifest.tenant, model.manifest.offsets) == (kind, "t", PROVENANCE.offsets)
    assert model.manifest.metrics == outcome.metrics
    ranking = RankingModel.of(model.manifest, model.tensors)
    probabilities, logits = ranking.probabilities(data().values), ranking.logits(data().values)
    assert ranking.heads == ("click", "like")
    assert ((probabilities > 0) & (probabilities < 1)).all()
    for head in range(2):
        assert (np.diff(probabilities[np.argsort(logits[:, head]), head]) >= 0).all()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A finished run of two members, which several tests look at."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, trained(folder, recipe(members=2), data())


def test_a_run_leaves_all_that_shows_how_it_came_to_be(whole: tuple[Path, Outcome]) -> None:
    folder, outcome = whole[0] / "run", whole[1]
    left = {path.name for path in folder.iterdir()}
    assert left == {"recipe.toml", "metrics.json", "curves.png", "reliability.png", "report.html", "run.json", MODEL}
    summary = orjson.loads((folder / "metrics.json").read_bytes())
    assert summary["metrics"] == pytest.approx(outcome.metrics)
    assert [len(member["epochs"]) for member in summary["members"]] == [2, 2]
    page = (folder / "report.html").read_text()
    assert "http" not in page  # it needs nothing else
    assert "&#34;deepfm&#34;" in page  # escaped
    assert len(RankingModel.of(*both(folder)).members) == 2


def both(folder: Path) -> tuple[Manifest, Mapping[str, Any]]:
    model = load(folder / MODEL)
    return model.manifest, model.tensors


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides(tmp_path: Path, whole: tuple[Path, Outcome], seed: int) -> None:
    trained(tmp_path, recipe(members=2, seed=seed), data())
    assert (weights(tmp_path) == weights(whole[0])) == (seed == 0)


@pytest.mark.parametrize("stop_after", [2, 4, 7, 13])
def test_an_interrupted_run_comes_to_the_same_bits(
    tmp_path: Path, whole: tuple[Path, Outcome], stop_after: int
) -> None:
    """Stopped in the middle of an epoch, at its end, in the next, and in the second member."""
    with pytest.raises(StoppedError, match="--resume"):
        trained(tmp_path, recipe(members=2), data(), stop_after=stop_after)
    assert not (tmp_path / "run" / MODEL).exists()
    trained(tmp_path, recipe(members=2), data(), resume=True)
    assert weights(tmp_path) == weights(whole[0])


def test_labels_that_are_not_known_are_left_out(tmp_path: Path) -> None:
    nothing = replace(data(), labels=np.stack([data().labels[:, 0], np.full(len(data()), np.nan, np.float32)], 1))
    outcome = trained(tmp_path, recipe(), nothing)
    assert np.isfinite(list(outcome.metrics.values())).all()
    assert not any(name.startswith("like.") for name in outcome.metrics)
    assert load(tmp_path / "run" / MODEL).tensors["a"].tolist()[1] == 1.0


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_label_only_is_refused(tmp_path: Path, label: float) -> None:
    alike = replace(data(), labels=np.full_like(data().labels, label))
    with pytest.raises(UnfitExamplesError, match="both labels of click"):
        trained(tmp_path, recipe(), alike)


def test_one_group_only_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, planted(1, 8), 1)
    with pytest.raises(UnfitExamplesError, match="one time"):
        run(recipe(), ExampleReader.open(path), tmp_path / "run", PROVENANCE)


def test_a_loss_that_is_not_finite_leaves_no_model(tmp_path: Path) -> None:
    wild = replace(data(), weight=np.full(len(data()), 3e38, np.float32))
    with pytest.raises(DivergedError, match="learning rate"):
        trained(tmp_path, recipe(), wild)
    assert not (tmp_path / "run" / MODEL).exists()


def test_a_folder_is_not_taken_over(tmp_path: Path, whole: tuple[Path, Outcome]) -> None:
    before = weights(whole[0])
    with pytest.raises(RunError, match="holds a run already"):
        trained(whole[0], recipe(members=2), data())
    with pytest.raises(RunError, match="finished"):
        trained(whole[0], recipe(members=2), data(), resume=True)
    assert weights(whole[0]) == before
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "letters.txt").write_text("mine")
    with pytest.raises(RunError, match="not empty"):
        trained(tmp_path, recipe(), data())


def test_another_recipe_does_not_go_on(tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        trained(tmp_path, recipe(), data(), stop_after=1)
    with pytest.raises(RunError, match="another recipe"):
        trained(tmp_path, recipe(rate=0.1), data(), resume=True)


@pytest.mark.parametrize("full", ["checkpoint", "model"])
def test_a_full_disk_leaves_a_run_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str) -> None:
    def fail(number: int) -> None:
        raise OSError(28, "No space left on device")

    target = "training.checkpoint.os.fsync" if full == "checkpoint" else "training.artifact.storage.os.fsync"
    original = "training.run.save" if full == "model" else None
    if original:  # os.fsync is one function: break it only once the model is saved
        from training.artifact.storage import save

        def failing(folder: Path, model: object) -> object:
            with monkeypatch.context() as patch:
                patch.setattr(target, fail)
                return save(folder, model)  # type: ignore[arg-type]

        monkeypatch.setattr(original, failing)
    else:
        monkeypatch.setattr(target, fail)
    with pytest.raises((WriteError, ArtifactError), match="No space left on device"):
        trained(tmp_path, recipe(epochs=1), data())
    assert not (tmp_path / "run" / MODEL).exists()
    monkeypatch.undo()
    resume = (tmp_path / "run" / "run.json").exists()
    trained(tmp_path, recipe(epochs=1), data(), resume=resume)
    assert weights(tmp_path)
