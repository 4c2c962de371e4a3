"""What channels have in common: the best of the items that may be proposed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Proposal
from serving.models.numbering import Numbering
from training.features.compiled import compiled, only_read

_POSITION: Final = (1 << 32) - 1


def best_known(scores: NDArray[np.float32], numbering: Numbering, fit: NDArray[np.bool_], limit: int) -> Proposal:
    """Return the `limit` best of a model's items that are allowed, with a score above 0.

    Args:
        scores: (K,) by the model's number.
        numbering: of the model in the catalogue.
        fit: (K,) `Numbering.fit` of those that are allowed.
        limit: most items.
    """
    chosen = best(scores, fit, limit)
    return Proposal(numbering.of_catalogue[chosen], scores[chosen])


def proposal(scores: NDArray[np.floating], allowed: NDArray[np.bool_], limit: int) -> Proposal:
    """Return the `limit` best of the allowed items with a score above 0.

    Args:
        scores: (I,) by item number; of a shorter array the rest counts as 0.
        allowed: (I,) by item number.
        limit: most items.
    """
    known = min(len(scores), len(allowed))
    narrow = scores[:known].astype(np.float32, copy=False)
    items = best(narrow, allowed[:known], limit)
    return Proposal(items.astype(np.int32), narrow[items])


def best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int) -> NDArray[np.int64]:
    """Return the positions of the `limit` greatest scores above 0 that are allowed, falling; of equal ones the lower
    position first.

    Raises ValueError if they are not of one length.
    """
    if len(scores) != len(allowed):  # a compiled loop does not look, and would read what lies behind
        raise ValueError(f"{len(scores)} scores, of which {len(allowed)} are allowed or not")
    keys, count = np.empty(len(scores), np.int64), np.zeros(1, np.int64)
    _write_keys(scores, scores.view(np.int32), allowed, keys, count)
    keys = keys[: count[0]]
    if len(keys) > limit:
        keys.partition(limit)
        keys = keys[:limit]
    keys.sort()
    return keys & _POSITION


@compiled(only_read("float32"), only_read("int32"), only_read("bool_"), "int64[::1]", "int64[::1]")
def _write_keys(
    scores: NDArray[np.float32],
    bits: NDArray[np.int32],
    allowed: NDArray[np.bool_],
    keys: NDArray[np.int64],
    count: NDArray[np.int64],
) -> None:
    """Write a key for each score above 0 that is allowed: rising keys are falling scores, and then positions.

    numpy sorts whole numbers in a fifth of the time that positions by their scores take.

    Args:
        scores: (K,)
        bits: (K,) the same as whole numbers, which are in the order of the scores where those are above 0.
        allowed: (K,)
        keys: (K,) where they are written, in front.
        count: (1,) how many there are.
    """
    size = 0
    for at in range(len(scores)):
        # Without a branch: which way it goes cannot be foretold, and a wrong guess costs more than the rest.
        keys[size] = at - (np.int64(bits[at]) << 32)
        size += allowed[at] & (scores[at] > 0)
    count[0] = size
