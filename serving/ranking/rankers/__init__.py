"""Rankers, by the names that a configuration may give."""

from collections.abc import Mapping
from typing import Final

from serving.models.shelf import Shelf
from serving.ranking.protocol import Ranker
from serving.ranking.rankers.learned import DeepFM, LambdaMART, TwoTower, WideDeep
from serving.ranking.rankers.random import Random
from serving.ranking.rankers.score import Score

RANKERS: Final = tuple(ranker.name for ranker in (Score, Random, DeepFM, WideDeep, TwoTower, LambdaMART))


def make_rankers(shelf: Shelf) -> Mapping[str, Ranker]:
    """Return every ranker by its name; those that need a model look for it on the shelf."""
    learned = (kind(shelf) for kind in (DeepFM, WideDeep, TwoTower, LambdaMART))
    rankers: tuple[Ranker, ...] = (Score(), Random(), *learned)
    return {ranker.name: ranker for ranker in rankers}
