"""Building: the module that a recipe describes."""

from training.errors import RecipeError
from training.models.deepfm import DeepFM, DeepFMConfig
from training.models.ranking import RankingModule
from training.models.two_tower import TwoTower, TwoTowerConfig
from training.models.wide_deep import WideDeep, WideDeepConfig
from training.preprocessing import Preprocessing
from training.recipe import Recipe


def build(recipe: Recipe, preprocessing: Preprocessing) -> RankingModule:
    """Return the module of a resolved recipe with fresh weights; raise RecipeError if its kind is no network."""
    heads = len(recipe.heads)
    match recipe.model:
        case DeepFMConfig() as config:
            return DeepFM(config, preprocessing, heads)
        case WideDeepConfig() as config:
            number = {name: place for place, name in enumerate(recipe.features)}
            crosses = [(number[left], number[right]) for left, right in config.crosses]
            return WideDeep(config, preprocessing, heads, crosses)
        case TwoTowerConfig() as config:
            number = {name: place for place, name in enumerate(recipe.features)}
            sides = {"user": [number[name] for name in config.user], "item": [number[name] for name in config.item]}
            return TwoTower(config, preprocessing, heads, sides)
        case config:
            raise RecipeError(f"model.kind: {config.kind} is grown, not built as a network")
