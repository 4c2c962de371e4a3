"""Recipes: what is written is what is done, and what nobody reads is refused by its path."""

from pathlib import Path

import pytest

from tests.training.planted import FEATURES
from training.errors import RecipeError
from training.features.catalog import FEATURES as CATALOG
from training.recipe import SHIPPED, Recipe, find, read, resolve

PLAIN = 'name = "m"\n[model]\nkind = "deepfm"\n'
TOWERS = 'name = "m"\n[model]\nkind = "two_tower"\nuser = ["user_*"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("color = 1\n" + PLAIN, "color: Extra inputs"),
        (PLAIN + "width = 3\n", "model.width: Extra inputs"),
        (PLAIN + "[fitting]\nepoch = 3\n", "fitting.epoch: Extra inputs"),
        (PLAIN + "[fitting]\nlearning_rate = 0\n", "fitting.learning_rate"),
        (PLAIN + "[loss]\npointwise = 0\n", "loss: .*nothing would be learned"),
        ('name = "m"\n[model]\nkind = "oracle"\n', "model: .*'deepfm'"),
        ('name = "m"\n', "model: Field required"),
        ("name = \n", "Invalid value"),
        (PLAIN + "hidden = []\n", "model.hidden"),
        ("heads = {click = -1}\n" + PLAIN, "heads.click"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=rf"bad\.toml: {message}"):
        read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('features = ["item_colour"]\n' + PLAIN, "features: there is no feature item_colour; there are cross_match"),
        (TOWERS + 'item = ["shop_*"]\n', r"model.item: there is no feature shop_\*"),
        (TOWERS + 'item = ["user_age"]\n', "model.item: user_age is on the user's side already"),
        (
            'name = "m"\nfeatures = ["item_*"]\n[model]\nkind = "wide_deep"\ncrosses = [["item_age", "user_age"]]\n',
            "model.crosses: there is no feature user_age",
        ),
    ],
)
def test_a_feature_that_does_not_exist_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message):
        resolve(read(path), FEATURES)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_recipes_are_whole_and_survive_being_written(path: Path, tmp_path: Path) -> None:
    recipe = resolve(read(find(path.stem)), list(CATALOG))
    assert recipe.features
    assert set(recipe.features) <= set(CATALOG)
    copy = tmp_path / "recipe.toml"
    copy.write_text(recipe.toml)
    assert read(copy) == recipe


def test_no_such_recipe_names_those_there_are() -> None:
    with pytest.raises(RecipeError, match=r"als, deepfm, ease, .*, wide_deep"):
        find("oracle")


def test_a_recipe_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Recipe.model_validate({"name": "m", "model": {"kind": "deepfm"}}).seed = 3  # type: ignore[misc]
