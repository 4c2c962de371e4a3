"""Neighbours view: which items go together, for each tenant."""

from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from schemas.packing import USERS
from schemas.records import ItemNeighbors
from serving.views.catalogue import Catalogues
from serving.views.fence import Fence
from serving.views.sketches import Sketches
from topics.changelogs import ITEM_NEIGHBORS
from topics.offsets import Partition
from topics.rows import Change
from topics.topic import Topic
from training.artifact.forward.scoring import Scoring


class NeighborsView:
    """Keeps the sketches of every item's users, from which similarities are computed when they are asked for."""

    name: ClassVar[str] = "neighbors"
    whole: ClassVar[bool] = True
    topic: ClassVar[Topic] = ITEM_NEIGHBORS

    def __init__(self, catalogues: Catalogues, shrinkage: float) -> None:
        """Make an empty view; the shrinkage is in users (`serving.views.sketches`)."""
        self._catalogues = catalogues
        self._sketches: defaultdict[str, Sketches] = defaultdict(lambda: Sketches(shrinkage))
        self._nothing = Sketches(shrinkage)
        self._fences: defaultdict[str, Fence] = defaultdict(Fence)

    def scoring(self, tenant: str, seeds: NDArray[np.int32], weights: NDArray[np.float64]) -> Scoring:
        """Return, as work to be done, (I,) for each item its similarities to the seeds, summed with their weights.

        Shorter than the catalogue where its last items have no sketch. See `Sketches.similar`.
        """
        return (self._sketches.get(tenant) or self._nothing).scoring(seeds, weights)

    def begin(self, partition: Partition) -> int:
        """Read the changelog from its beginning: the index is not stored."""
        return 0

    def apply(self, partition: int, changes: Sequence[Change[ItemNeighbors]], position: int) -> int:
        """Take in the changes; see `View.apply`."""
        refused = 0
        touched: dict[str, Sketches] = {}
        for _, (tenant, item_id), _, row, _ in changes:
            item = self._catalogues.of(tenant).number(item_id)
            fence = self._fences[tenant]
            if row is None:
                fence.forget(item)
            elif not fence.admits(item, row.applied):
                refused += 1
                continue
            touched[tenant] = sketches = self._sketches[tenant]
            sketches.put(item, USERS.view(row.users if row else b"")["user"])
        for sketches in touched.values():
            sketches.commit()
        return refused

    def refresh(self) -> None:
        """Nothing is derived that is not computed when asked for."""

    def close(self) -> None:
        """Nothing is held open."""
