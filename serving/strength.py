"""What an action says of a user's liking, for columns of interactions.

The folds weigh one event at a time with the same numbers (`agents.folds.strength`); a test proves that they agree.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.records import ACTION_INDEX, Action

NEUTRAL_STARS: Final = 3.0
POSITIVE_STARS: Final = 3.5
"""A rate says nothing at the first, and is positive from the second on."""

_STRENGTHS: Final = {
    Action.VIEW: 0.2,
    Action.CLICK: 0.5,
    Action.PLAY: 0.5,
    Action.COMPLETE: 1.5,
    Action.LIKE: 2.0,
    Action.FAVORITE: 2.5,
    Action.SHARE: 2.5,
    Action.COMMENT: 2.0,
    Action.FOLLOW: 3.0,
    Action.DISLIKE: -2.0,
    Action.HIDE: -2.5,
    Action.PURCHASE: 5.0,
}
_SILENT: Final = {Action.UNKNOWN, Action.VIEW, Action.DISLIKE, Action.HIDE, Action.RATE, Action.IMPRESSION}
_MOST_ACTIONS: Final = 64
"""As many as a row's bit masks hold: a row of a newer worker may name an action that this process does not know."""

RATE: Final = ACTION_INDEX[Action.RATE]

STRENGTH: Final[NDArray[np.float64]] = np.zeros(_MOST_ACTIONS)
"""(64,) by index of the action, -2.5 to 5; 0 for a rate, of which the stars decide, and for an impression."""

POSITIVE: Final[NDArray[np.bool_]] = np.zeros(_MOST_ACTIONS, np.bool_)
"""(64,) by index of the action: whether it counts as liking, whatever its value."""

for _action, _strength in _STRENGTHS.items():
    STRENGTH[ACTION_INDEX[_action]] = _strength
for _action in Action:
    POSITIVE[ACTION_INDEX[_action]] = _action not in _SILENT


def strengths(actions: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (N,) how much each interaction speaks for its item, negative against it.

    Args:
        actions: (N,) index in schemas.records.ACTIONS.
        values: (N,) value in thousandths, 0 for none; stars where the action is a rate.
    """
    stars = np.where(values == 0, 0.0, values / 1000 - NEUTRAL_STARS)
    return np.where(actions == RATE, stars, STRENGTH[actions])


def positives(actions: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (N,) whether each interaction counts as liking its item; arguments as for `strengths`."""
    rated: NDArray[np.bool_] = (actions == RATE) & (values >= POSITIVE_STARS * 1000)
    return rated | POSITIVE[actions]
