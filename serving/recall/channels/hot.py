"""Channel hot: what is popular in the scenario now."""

from dataclasses import dataclass
from typing import ClassVar

from serving.candidate import Proposal
from serving.query import Query
from serving.recall.choosing import first_allowed
from serving.views.stats import StatsView


@dataclass(frozen=True, slots=True)
class Hot:
    """Proposes the hottest items, the same for all users but for what each has seen."""

    name: ClassVar[str] = "hot"
    waits: ClassVar[bool] = False
    stats: StatsView

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the hottest items; see `Channel.recall`."""
        hot = self.stats.hot(query.tenant, query.scenario, query.as_of_ms)
        items = hot.items[first_allowed(hot.items, query.eligible, limit)]
        return Proposal(items, hot.scores[items])
