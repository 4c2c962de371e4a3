"""Allocation: which arm of an experiment a user is in.

A user's hash names one of 10,000 buckets; each bucket draws an exponential variable for each arm, which the arm's
hash decides, and belongs to the arm where that is smallest in proportion to the weight. So an arm has buckets in
proportion to its weight, give or take chance; and what another weight changes is one arm's standing in each bucket: an
arm that grows takes buckets from others, one that shrinks gives some away, and none ever moves between two others
(rendezvous hashing with weights: Schindelhauer, Schomaker: Weighted Distributed Hash Tables. SPAA 2005).
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.hashing import id_hash

BUCKETS: Final = 10_000

_NUMBERS: Final = 2.0**64


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


def _exponentials(tenant: str, salt: str, arm: str) -> NDArray[np.float64]:
    """Return (BUCKETS,) exponential variables, all above 0."""
    numbers = _mixed(id_hash(f"{tenant}/{salt}/{arm}")).astype(np.float64)
    found: NDArray[np.float64] = -np.log((numbers + 0.5) / (_NUMBERS + 4096))  # never 1, so that none is 0
    return found


def _mixed(seed: int) -> NDArray[np.uint64]:
    """Return (BUCKETS,) numbers, evenly spread over 64 bit: SplitMix64 from the seed (Steele et al., OOPSLA 2014)."""
    state = np.uint64(seed) + np.arange(1, BUCKETS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
