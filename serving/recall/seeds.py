"""Seeds: the items that a user likes at present."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.query import Recent, UserState
from serving.strength import positives, strengths

_DAY_MS: Final = 86_400_000


def seeds_of(state: UserState, most: int, half_life_days: float) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return `liked_most` of the user's last interactions, made once for all channels; not to be written to."""
    return state.made.once(("seeds", most, half_life_days), lambda: liked_most(state.recent, most, half_life_days))


def liked_most(recent: Recent, most: int, half_life_days: float) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return up to `most` items of the user's last interactions, and the weight of each, above 0, falling.

    A weight is the sum of the strengths of the user's interactions with the item, each faded by its age: liked and
    disliked later, an item drops out. Ages count from the latest interaction: where a user comes back after years, it
    is the order of the interactions that matters, not how long ago all of them were.
    """
    items, at = np.unique(recent.items, return_inverse=True)
    age_days = (recent.times.max(initial=0) - recent.times) / _DAY_MS
    faded = strengths(recent.actions, recent.values) * np.exp2(-age_days / half_life_days)
    weights = np.bincount(at, faded, len(items)).astype(np.float64, copy=False)
    liked = np.bincount(at, positives(recent.actions, recent.values), len(items)) > 0
    order = np.argsort(-weights, kind="stable")
    chosen = order[(weights > 0)[order] & liked[order]][:most]
    return items[chosen], weights[chosen]
