"""Channel tag: items of the categories and tags that the user likes."""

from dataclasses import dataclass
from heapq import nlargest
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Proposal
from serving.query import Query
from serving.recall.choosing import proposal
from serving.views.hotness import Hotness
from serving.views.stats import StatsView
from training.features.compiled import compiled, only_read

_UNKNOWN_ITEM: Final = 0.1
"""What an item of no hotness counts, against up to 1.1 for the hottest one."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Proposes items of the user's best tags, among equally liked ones the hottest first.

    An item's score is its affinity (the sum of the user's affinities for those of its tags that are among the best,
    over the square root of how many tags it has, as in a cosine: an item does not win by having every tag) times 0.1
    to 1.1 for its hotness on a logarithmic scale.
    """

    name: ClassVar[str] = "tag"
    waits: ClassVar[bool] = False
    stats: StatsView
    tags: int
    tag_items: int

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the best items of the user's best tags; see `Channel.recall`."""
        liked = [(affinity, tag) for tag, affinity in query.state.tags.items() if affinity > 0]
        if not liked:
            return Proposal.none()
        hot = self.stats.hot(query.tenant, query.scenario, query.as_of_ms)
        allowed = query.eligible
        affinity = np.zeros(len(allowed))
        for weight, tag in nlargest(self.tags, liked):
            _add(self._items(query, tag, hot).view(np.uint32), weight, affinity)
        scores = np.zeros(len(allowed), np.float32)
        _weigh(affinity, query.catalogue.tag_count[: len(allowed)], hot.warmth, scores)
        return proposal(scores, allowed, limit)

    def _items(self, query: Query, tag: str, hot: Hotness) -> NDArray[np.int32]:
        """Return the active items with the tag; where there are very many, the hottest of them."""
        items = query.catalogue.items_with(tag)
        if len(items) <= self.tag_items:
            return items
        place = np.minimum(np.searchsorted(items, hot.items), len(items) - 1)
        hottest: NDArray[np.int32] = hot.items[items[place] == hot.items]
        return hottest


@compiled(only_read("uint32"), "float64", "float64[::1]")
def _add(items: NDArray[np.uint32], weight: float, affinity: NDArray[np.float64]) -> None:
    """Add the weight to the affinity (I,) for each of the items (K,); one that came since is left out."""
    for item in items:
        if item < len(affinity):
            affinity[item] += weight


@compiled(only_read("float64"), only_read("int32"), only_read("float32"), "float32[::1]")
def _weigh(
    affinity: NDArray[np.float64], tags: NDArray[np.int32], warmth: NDArray[np.float32], scores: NDArray[np.float32]
) -> None:
    """Fill in the score of each item (I,) that has any affinity.

    Args:
        affinity: (I,)
        tags: (I,) how many tags each has.
        warmth: by item 0 to 1 for its hotness; shorter where items came since.
        scores: (I,) zeros.
    """
    for item in range(np.uint64(len(affinity))):
        if affinity[item] > 0:
            warm = warmth[item] if item < len(warmth) else np.float32(0)
            scores[item] = affinity[item] / np.sqrt(max(tags[item], 1)) * (_UNKNOWN_ITEM + warm)
