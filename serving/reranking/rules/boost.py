"""Boost: let what the operator names stand higher, or lower, than the ranker put it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Final, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates, falling
from serving.query import Query
from serving.reranking.naming import MOST, Author, ItemId, Tag, factors_of

_SMOOTHING: Final = 60.0

Factor: TypeAlias = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class Boost(BaseModel):
    """Order by factor / (60 + rank), rank being how many the ranker scored higher: a factor of 2 lifts 61st to first.

    Ranks, because a ranker's scores may have any scale and sign, so that a factor on them would mean something else
    with each model. The merit is kept for the rules behind; the scores stay. The rule is its own configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = "boost"

    items: Mapping[ItemId, Factor] = Field(default={}, max_length=MOST, description="Factor by item id.")
    tags: Mapping[Tag, Factor] = Field(
        default={}, max_length=MOST, description="Factor by category or tag; an item's factors are multiplied."
    )
    authors: Mapping[Author, Factor] = Field(default={}, max_length=MOST, description="Factor by author.")

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates by their merit, falling; equal ones keep their order."""
        if not (self.items or self.tags or self.authors):
            return candidates
        factors = factors_of(query, candidates, items=self.items, tags=self.tags, authors=self.authors)
        # Equal scores share a rank: what the rule makes of them cannot depend on what another rule made before.
        ranks = np.searchsorted(np.sort(-candidates.scores), -candidates.scores)
        merits = (factors / (_SMOOTHING + ranks)).astype(np.float32)
        return replace(candidates, merits=merits).take(falling(merits))
