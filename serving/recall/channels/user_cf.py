"""Channel user_cf: what those like lately who like what this user likes."""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from schemas.hashing import id_hash
from serving.candidate import Proposal
from serving.query import Query
from serving.recall.choosing import proposal
from serving.recall.seeds import seeds_of
from serving.views.stored import AudienceView
from serving.views.users import UserStates
from training.features.distinct import distinct

_NOBODYS: Final = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class UserCF:
    """Looks for the users nearest to this one by the latest audiences of the seeds, and sums what they liked."""

    name: ClassVar[str] = "user_cf"
    waits: ClassVar[bool] = False
    audience: AudienceView
    users: UserStates
    seeds: int
    half_life_days: float
    neighbors: int

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return what the nearest users liked among their last interactions; see `Channel.recall`."""
        seeds, weights = seeds_of(query.state, self.seeds, self.half_life_days)
        size = len(query.catalogue)
        users, nearness = self._nearest(query, seeds, weights)
        liked = self.users.liked(query.catalogue, users)
        weighed = np.repeat(nearness, [len(items) for items in liked])
        # An item may have come since.
        scores = np.bincount(np.concatenate([_NOBODYS, *liked]), weighed, size)[:size].astype(np.float64, copy=False)
        allowed = query.eligible.copy()
        allowed[seeds] = False
        return proposal(scores, allowed, limit)

    def _nearest(
        self, query: Query, seeds: NDArray[np.int32], weights: NDArray[np.float64]
    ) -> tuple[list[bytes], NDArray[np.float64]]:
        """Return the keys of the users who share most seeds, and how near each is, falling.

        A seed that everybody likes tells little.
        """
        found = self.audience.audiences(query.tenant, query.catalogue.named(seeds))
        sizes = np.array([len(each.keys) for each in found], np.intp)
        if not sizes.sum():
            return [], np.empty(0)
        hashes = np.concatenate([each.hashes for each in found])
        at, first = distinct(hashes)
        users = hashes[first]
        likes = np.repeat(weights / np.sqrt(np.maximum(sizes, 1)), sizes)
        nearness = np.bincount(at, likes, len(users)).astype(np.float64, copy=False)
        nearness[users == np.uint64(id_hash(query.user))] = 0
        nearest = self._first(users, nearness)
        begins = np.cumsum(sizes) - sizes
        of = np.searchsorted(begins, first[nearest], side="right") - 1
        at_row = zip(of.tolist(), (first[nearest] - begins[of]).tolist(), strict=True)
        return [found[row].keys[place] for row, place in at_row], nearness[nearest]

    def _first(self, users: NDArray[np.uint64], nearness: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the positions of the nearest users, falling; of equally near ones by hash."""
        least = 0.0
        if len(users) > self.neighbors:  # without sorting those that are too many
            least = np.partition(nearness, -self.neighbors)[-self.neighbors]
        near = np.flatnonzero((nearness >= least) & (nearness > 0))
        order: NDArray[np.intp] = near[np.lexsort((users[near], -nearness[near]))[: self.neighbors]]
        return order
