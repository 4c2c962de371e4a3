"""Channel item_cf: what was liked by those who liked what this user likes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from serving.candidate import Proposal
from serving.helper import Helper
from serving.query import Query
from serving.recall.choosing import begun
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
    helper: Helper = field(default_factory=Helper)

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the items most similar to the user's seeds; see `Channel.recall`."""
        return self.begin(query, limit)()

    def begin(self, query: Query, limit: int) -> Callable[[], Proposal]:
        """Begin to compare; see `Begins.begin`."""
        seeds, weights = seeds_of(query.state, self.seeds, self.half_life_days)
        if not len(seeds):
            return Proposal.none
        allowed = query.eligible.copy()
        allowed[seeds] = False
        return begun(self.neighbors.scoring(query.tenant, seeds, weights), None, allowed, limit, self.helper)
