"""Recipes of recall models."""

from pathlib import Path

import numpy as np
import pytest

from schemas.records import ItemChange
from serving.config import CHANNELS
from tests.training.recall.behaviors import MANIFEST, behaved, tastes
from training import recipe as recipes
from training.behavior_log import item_tags
from training.errors import RecipeError
from training.interactions import Interactions
from training.recall import ease
from training.recall.recipe import SHIPPED, fit_all, is_recall, read, shipped


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_one_is_of_a_channel_and_found_by_name(name: str) -> None:
    recipe = shipped(name)
    assert recipe.name == name
    assert name in CHANNELS
    assert is_recall(recipes.find(name))
    assert not is_recall(recipes.find("deepfm"))


def test_all_are_fitted_and_what_they_share_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[ease.EASEConfig] = []

    def solve(interactions: Interactions, config: ease.EASEConfig) -> ease.Solved:
        solved.append(config)
        return ease.solve_ease(interactions, config)

    monkeypatch.setattr("training.recall.recipe.solve_ease", solve)
    models = fit_all(behaved(tastes()), [shipped(name) for name in SHIPPED], MANIFEST)
    assert [model.manifest.name for model in models] == list(SHIPPED)
    assert {model.manifest.kind for model in models} == {"ease", "transitions", "als"}
    assert len(solved) == 2  # of three
    assert all((model.manifest.tenant, model.manifest.version) == ("t", "v1") for model in models)
    alone = ease.fit_ease(behaved(tastes()), MANIFEST, shipped("ease_any").recall)  # type: ignore[arg-type]
    for name, tensor in alone.tensors.items():
        np.testing.assert_array_equal(tensor, models[2].tensors[name])


@pytest.mark.parametrize("kind", ["sasrec", "retrieval"])
def test_those_that_are_trained_are_recipes_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "small.toml"
    small = 'size = 4\nlength = 4\nfitting = { epochs = 1, device = "cpu" }'
    path.write_text(f'name = "{kind}"\n[recall]\nkind = "{kind}"\n{small}\n')
    (model,) = fit_all(behaved(tastes()), [read(path)], MANIFEST, {"e0": ["even"]})
    assert (model.manifest.kind, model.manifest.name) == (kind, kind)
    assert shipped(kind).name in CHANNELS


def test_the_latest_change_to_name_tags_decides_on_them() -> None:
    changes = [
        ItemChange("2", "t", "i", "update", 2, tags=["new"]),
        ItemChange("1", "t", "i", "create", 1, categories=["kind"], tags=["old"]),
        ItemChange("3", "t", "j", "create", 3),
    ]
    assert item_tags(changes) == item_tags(changes[::-1]) == {"i": ["kind", "new"]}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('name = "ease"\n[recall]\nkind = "ease"\nl3 = 1\n', "recall.ease.l3"),
        ('name = "ease"\n[recall]\nkind = "oracle"\n', "recall"),
        ('name = "Ease"\n[recall]\nkind = "ease"\n', "name"),
        ('name = "ease"\n[recall]\nkind = "ease"\nl2 = -1\n', "recall.ease.l2"),
        ("name = ", "Invalid value"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=where):
        read(path)
