"""Freshness: part of every list is new."""

from typing import ClassVar, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query

_DAY_MS: Final = 86_400_000


class Freshness(BaseModel):
    """Let at least so much of the list be published within the days before the request's moment, if there is as much.

    Where too little of the first `query.count` places is, the best new ones from behind take the places of the worst
    old ones, at the end of the list; all others keep their order. The rule is its own configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = "freshness"

    days: float = Field(default=30.0, gt=0, le=36_500, description="Days for which an item is new.")
    percent: int = Field(default=20, ge=1, le=100, description="Least share of the list, rounded up to whole items.")

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates, with enough new ones among the first."""
        published = query.catalogue.publish_time[candidates.items]
        age = query.as_of_ms - published
        new = (published >= 0) & (age >= 0) & (age < self.days * _DAY_MS)
        length = min(query.count, len(candidates))
        lacking = -(-length * self.percent // 100) - int(new[:length].sum())
        coming = length + np.flatnonzero(new[length:])[: max(0, lacking)]
        if not len(coming):
            return candidates
        leaving = np.flatnonzero(~new[:length])[-len(coming) :]
        first = np.setdiff1d(np.arange(length), leaving)
        behind = np.setdiff1d(np.arange(length, len(candidates)), coming)
        return candidates.take(np.concatenate((first, coming, leaving, behind)))
