"""Wide & Deep (Cheng et al. DLRS 2016)."""

from typing import Literal

import numpy as np
from pydantic import Field

from training.models.ranking import EMBEDDED, RankingConfig, RankingModule
from training.preprocessing import Preprocessing


class WideDeepConfig(RankingConfig):
    """Wide & Deep's part of a recipe."""

    kind: Literal["wide_deep"] = "wide_deep"
    crosses: tuple[tuple[str, str], ...] = ()
    """Pairs of features whose buckets' pairs the wide part remembers."""

    slots: int = Field(8192, ge=1, le=1 << 20)
    """Slots that all crosses are hashed to."""


class WideDeep(RankingModule):
    """A linear model of buckets and their crosses, and a deep one of embeddings: (N, F) to (N, H)."""

    def __init__(
        self, config: WideDeepConfig, preprocessing: Preprocessing, heads: int, crosses: list[tuple[int, int]]
    ) -> None:
        """Make one with fresh weights; `crosses` are the numbers of the crossed features."""
        columns = np.array(crosses, np.int64).reshape(-1, 2).T
        super().__init__(config.kind, preprocessing, config.dropout, {"crosses": columns})
        fields = len(preprocessing.mean)
        self.grow_linear(fields, config.buckets, heads)
        self.grow("cross", config.slots if crosses else 1, heads)
        self.grow("embedding", fields, config.buckets, config.embedding, deviation=EMBEDDED)
        self.grow_fields("mlp", fields, config)
        self.grow("head", config.hidden[-1], heads, deviation=config.hidden[-1] ** -0.5)
