"""The best few of many scores."""

import numpy as np
from numpy.typing import NDArray


def best(scores: NDArray[np.floating], limit: int) -> NDArray[np.intp]:
    """Return the positions of the `limit` greatest scores above zero, falling; of equal ones the lower position first.

    Partitions first, so that a million scores cost a few milliseconds instead of a sort.
    """
    positions = np.flatnonzero(scores > 0)
    if len(positions) > limit:
        worst = np.partition(scores[positions], -limit)[-limit]
        positions = positions[scores[positions] >= worst]
    order = np.lexsort((positions, -scores[positions]))
    return positions[order[:limit]]
