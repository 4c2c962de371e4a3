"""Two-tower ranker (Covington, Adams, Sargin. RecSys 2016; Yi et al. RecSys 2019)."""

from typing import Literal

import numpy as np
from pydantic import Field

from training.artifact.forward.two_tower import SIDES
from training.models.ranking import EMBEDDED, RankingConfig, RankingModule
from training.preprocessing import Preprocessing


class TwoTowerConfig(RankingConfig):
    """The two-tower ranker's part of a recipe."""

    kind: Literal["two_tower"] = "two_tower"
    user: tuple[str, ...] = Field(min_length=1)
    """Features of the user's side, by name or pattern (`user_*`)."""

    item: tuple[str, ...] = Field(min_length=1)
    """Features of the item's side. Those of neither side only shift the logits."""

    vector: int = Field(32, ge=1, le=1024)
    """Size of the towers' vectors."""


class TwoTower(RankingModule):
    """The user's and the item's tower meet in one product, to which every feature adds a shift: (N, F) to (N, H)."""

    def __init__(
        self, config: TwoTowerConfig, preprocessing: Preprocessing, heads: int, columns: dict[str, list[int]]
    ) -> None:
        """Make one with fresh weights; `columns` are the numbers of the features of the sides `user` and `item`."""
        constants = {f"{side}_columns": np.array(columns[side], np.int64) for side in SIDES}
        super().__init__(config.kind, preprocessing, config.dropout, constants)
        self.grow_linear(len(preprocessing.mean), config.buckets, heads)
        for side in SIDES:
            fields = len(columns[side])
            self.grow(f"{side}_embedding", fields, config.buckets, config.embedding, deviation=EMBEDDED)
            self.grow_fields(side, fields, config)
            self.grow(f"{side}_out", config.hidden[-1], config.vector, deviation=config.hidden[-1] ** -0.5)
        self.grow("product", config.vector, heads, mean=config.vector**-0.5)
