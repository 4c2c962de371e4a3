"""Trees: what is served scores as the library that grew them, finds what is planted, and is repeatable."""

from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.planted import planted, written
from training.artifact.forward.lambdamart import logits
from training.artifact.forward.ranking import RankingModel
from training.artifact.storage import load
from training.building import build
from training.errors import RecipeError, StoppedError
from training.example_files import ExampleReader
from training.preprocessing import Preprocessing
from training.recipe import Recipe
from training.run import MODEL, Provenance, run
from training.trees import arrays, grades

PROVENANCE = Provenance("t", "v1", 0)


def recipe(**model: object) -> Recipe:
    kind = {"kind": "lambdamart", "trees": 30, "least": 5, "leaves": 6, **model}
    return Recipe.model_validate({"name": "lambdamart", "model": kind, "data": {"validation": 0.25}})


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(1, 12))
def test_arrays_score_as_the_library_does(seed: int, leaves: int, trees: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=(120, 4)).round(1).astype(np.float32)  # ties, and values that are thresholds
    target = values[:, 0] * values[:, 1] + random.normal(size=120)
    params = {"num_leaves": leaves, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(values, target), trees)
    weights = {**arrays(booster.dump_model()), "a": np.ones(2, np.float32)}
    found = logits(weights, values)
    assert found.shape == (120, 2)
    np.testing.assert_allclose(found[:, 0], booster.predict(values), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found[:, 0], found[:, 1])


def test_a_planted_signal_is_found_and_kept_on_disk(tmp_path: Path) -> None:
    examples = planted(80, 8)
    outcome = run(recipe(), ExampleReader.open(written(tmp_path, examples)), tmp_path / "run", PROVENANCE)
    assert outcome.metrics["ndcg@10"] > 0.8
    model = load(tmp_path / "run" / MODEL)
    ranking = RankingModel.of(model.manifest, model.tensors)
    fresh = planted(40, 8, seed=9)
    scores = ranking.probabilities(fresh.values)[:, 0]
    assert ((scores > 0) & (scores < 1)).all()
    assert scores[fresh.labels[:, 0] == 1].mean() > scores[fresh.labels[:, 0] == 0].mean() + 0.2
    np.testing.assert_array_equal(scores[::-1], ranking.probabilities(fresh.values[::-1])[:, 0])


def test_the_seed_decides(tmp_path: Path) -> None:
    reader = ExampleReader.open(written(tmp_path, planted(60, 8)))
    made = []
    for number, seed in enumerate((0, 0, 1)):
        run(recipe().model_copy(update={"seed": seed}), reader, tmp_path / str(number), PROVENANCE)
        made.append(load(tmp_path / str(number) / MODEL).manifest.digest)
    assert made[0] == made[1] != made[2]


def test_stopped_and_gone_on_it_is_the_same(tmp_path: Path) -> None:
    reader = ExampleReader.open(written(tmp_path, planted(60, 8)))
    with pytest.raises(StoppedError, match="--resume"):
        run(recipe(), reader, tmp_path / "cut", PROVENANCE, stopping=lambda: True)
    assert not (tmp_path / "cut" / MODEL).exists()
    run(recipe(), reader, tmp_path / "cut", PROVENANCE, resume=True)
    run(recipe(), reader, tmp_path / "whole", PROVENANCE)
    digests = [load(tmp_path / name / MODEL).manifest.digest for name in ("cut", "whole")]
    assert digests[0] == digests[1]


def test_what_is_wanted_first_is_worth_most() -> None:
    examples = planted(3, 4)
    labels = np.array([[1, 0], [0, 1], [0, np.nan], [np.nan, np.nan]] * 3, np.float32)
    assert grades(replace(examples, labels=labels)).tolist() == [2, 1, 0, 0] * 3


def test_it_is_no_network() -> None:
    nothing = np.zeros(1, np.float32)
    with pytest.raises(RecipeError, match="lambdamart"):
        build(recipe(), Preprocessing(nothing, nothing, np.zeros((1, 1), np.float32)))
