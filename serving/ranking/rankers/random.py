"""Random: the floor that any other ranker has to beat."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from schemas.hashing import id_hash
from serving.candidate import Candidates
from serving.query import Query


@dataclass(frozen=True, slots=True)
class Random:
    """Give each item a score that is random by user and moment, and the same whenever the same is asked."""

    name: ClassVar[str] = "random"

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates in random order, scores even in [0, 1).

        A score depends on the ids alone: not on the other candidates, nor on this process's item numbers.
        """
        seed = f"{query.tenant}/{query.user}/{query.scenario}/{query.as_of_ms}/"
        ids = query.catalogue.named(candidates.items)
        hashes = np.fromiter((id_hash(seed + each) for each in ids), np.uint64, len(ids))
        return candidates.ranked((hashes >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24))
