"""Channel item_cf: what was liked by those who liked what this user likes."""

from dataclasses import dataclass
from typing import ClassVar

from serving.candidate import Proposal
from serving.query import Query
from serving.recall.choosing import proposal
from serving.recall.seeds import seeds_of
from serving.views.neighbors import NeighborsView


@dataclass(frozen=True, slots=True)
class ItemCF:
    """Sums the similarities to the user's recent likes, by strength and recency; never returns one of them."""

    name: ClassVar[str] = "item_cf"
    waits: ClassVar[bool] = False
    neighbors: NeighborsView
    seeds: int
    half_life_days: float

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the items most similar to the user's seeds; see `Channel.recall`."""
        seeds, weights = seeds_of(query.state, self.seeds, self.half_life_days)
        if not len(seeds):
            return Proposal.none()
        allowed = query.eligible.copy()
        allowed[seeds] = False
        return proposal(self.neighbors.similar(query.tenant, seeds, weights), allowed, limit)
