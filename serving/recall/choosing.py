"""What channels have in common: which items may be proposed, and the best of them."""

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Proposal
from serving.query import Query
from serving.recall.numbering import Numbering
from serving.views.ordering import best


def eligible(query: Query) -> NDArray[np.bool_]:
    """Return (I,) whether each item may be proposed, an array of the caller's own.

    An item that is not active may not; nor one of an earlier page; nor one that the user acted on, where the answer
    leaves those out: a channel would spend its limit on what a filter takes away.
    """
    allowed = query.catalogue.active.copy()
    allowed[query.earlier] = False
    if query.exclude_seen:
        allowed[query.state.seen] = False
    return allowed


def best_known(scores: NDArray[np.float32], numbering: Numbering, allowed: NDArray[np.bool_], limit: int) -> Proposal:
    """Return the `limit` best of a model's items that are allowed, with a score above 0.

    Args:
        scores: (K,) by the model's number.
        numbering: of the model in the catalogue.
        allowed: (I,) by the catalogue's number.
        limit: most items.
    """
    chosen = best(np.where(numbering.fit(allowed), scores, np.float32(0)), limit)
    return Proposal(numbering.of_catalogue[chosen], scores[chosen])


def proposal(scores: NDArray[np.float64], allowed: NDArray[np.bool_], limit: int) -> Proposal:
    """Return the `limit` best of the allowed items with a score above 0.

    Args:
        scores: (I,) by item number; of a shorter array the rest counts as 0.
        allowed: (I,) by item number.
        limit: most items.
    """
    known = min(len(scores), len(allowed))
    scores = np.where(allowed[:known], scores[:known], 0.0)
    items = best(scores, limit)
    return Proposal(items.astype(np.int32), scores[items].astype(np.float32))
