"""Channel user_cf: what those like lately who like what this user likes."""

from collections import defaultdict
from dataclasses import dataclass
from heapq import nlargest
from math import sqrt
from typing import ClassVar

import numpy as np

from schemas.tenancy import TenantKey
from serving.candidate import Proposal
from serving.query import Query
from serving.recall.choosing import eligible, proposal
from serving.recall.seeds import seeds_of
from serving.strength import positives
from serving.views.stored import AudienceView
from serving.views.users import UserStates


@dataclass(frozen=True, slots=True)
class UserCF:
    """Looks for the users nearest to this one by the latest audiences of the seeds, and sums what they liked."""

    name: ClassVar[str] = "user_cf"
    audience: AudienceView
    users: UserStates
    seeds: int
    half_life_days: float
    neighbors: int

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return what the nearest users liked among their last interactions; see `Channel.recall`."""
        seeds, weights = seeds_of(query.state.recent, self.seeds, self.half_life_days)
        scores = np.zeros(len(query.catalogue))
        for user, nearness in self._nearest(query, seeds.tolist(), weights.tolist()):
            recent = self.users.recent(query.catalogue, query.tenant, user)
            known = recent.items < len(scores)  # an item may have come since
            liked = np.unique(recent.items[known & positives(recent.actions, recent.values)])
            scores[liked] += nearness
        allowed = eligible(query)
        allowed[seeds] = False
        return proposal(scores, allowed, limit)

    def _nearest(self, query: Query, seeds: list[int], weights: list[float]) -> list[tuple[str, float]]:
        """Return the users who share most seeds, and how near each is; a seed that everybody likes tells little."""
        nearness: defaultdict[str, float] = defaultdict(float)
        for seed, weight in zip(seeds, weights, strict=True):
            row = self.audience.get(TenantKey(query.tenant, query.catalogue.ids[seed]).encode())
            if row is not None:
                share = weight / sqrt(len(row.users) or 1)
                for user in row.users:
                    nearness[user] += share
        nearness.pop(query.user, None)
        return nlargest(self.neighbors, nearness.items(), key=lambda entry: (entry[1], entry[0]))
