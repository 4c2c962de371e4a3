"""Channel recent: what was published last."""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from serving.candidate import Proposal
from serving.query import Query
from serving.recall.choosing import first_allowed
from serving.views.items import ItemsView

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class RecentlyPublished:
    """Proposes the newest items, so that one of which nobody knows anything yet gets its chance."""

    name: ClassVar[str] = "recent"
    waits: ClassVar[bool] = False
    items: ItemsView

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the items published last before `as_of_ms`, the latest first; see `Channel.recall`.

        The score is 1 / (1 + age in days): unlike a half-life it never becomes 0, however old a catalogue is.
        """
        newest = self.items.newest(query.tenant)
        later = np.count_nonzero(newest.times > query.as_of_ms)  # the first ones: they are in the order of time
        chosen = later + first_allowed(newest.items[later:], query.eligible, limit)
        age_days = (query.as_of_ms - newest.times[chosen]) / _DAY_MS
        return Proposal(newest.items[chosen], (1 / (1 + age_days)).astype(np.float32))
