"""Allocation: which arm of an experiment a user is in.

A user's hash names one of 10,000 buckets; each bucket gives each arm an exponential variable, which its hash decides,
and belongs to the arm where that is smallest in proportion to the weight. So an arm has buckets in proportion to its
weight, give or take chance; and what another weight changes is one arm's standing in each bucket: an arm that grows
takes buckets from others, one that shrinks gives some away, and none ever moves between two others (rendezvous
hashing with weights: Schindelhauer, Schomaker: Weighted Distributed Hash Tables. SPAA 2005).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.hashing import id_hash

BUCKETS: Final = 10_000

_HASHES: Final = 2.0**64


def bucket_of(tenant: str, salt: str, user: str) -> int:
    """Return the user's bucket, 0 to 9,999; another salt shuffles the users anew."""
    return id_hash(f"{tenant}/{salt}/{user}") % BUCKETS


def allocate(tenant: str, salt: str, weights: Mapping[str, int]) -> NDArray[np.intp]:
    """Return (BUCKETS,) the place among `weights` of the arm that each bucket belongs to.

    Args:
        tenant: whose experiment.
        salt: of the experiment.
        weights: of each arm, whole numbers from 0, at least one of them above.
    """
    with np.errstate(divide="ignore"):  # an arm of weight 0 stands infinitely far from every bucket
        distances = [_exponentials(tenant, salt, arm) / weight for arm, weight in weights.items()]
    found: NDArray[np.intp] = np.argmin(np.stack(distances), axis=0)
    return found


@lru_cache(maxsize=128)  # 80 kB each; a change of weights needs them again
def _exponentials(tenant: str, salt: str, arm: str) -> NDArray[np.float64]:
    """Return (BUCKETS,) exponential variables, all above 0."""
    hashes = np.array([id_hash(f"{tenant}/{salt}/{arm}/{bucket}") for bucket in range(BUCKETS)], np.float64)
    found: NDArray[np.float64] = -np.log((hashes + 0.5) / (_HASHES + 4096))  # never 1, so that none is 0
    return found
