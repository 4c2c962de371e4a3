"""What an action says of a user's liking (`schemas.strength`), for columns of interactions at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.records import ACTION_INDEX, Action
from schemas.strength import NEUTRAL_STARS, POSITIVE_STARS, STRENGTHS
from schemas.strength import POSITIVE as POSITIVE_ACTIONS

_MOST_ACTIONS: Final = 64
"""As many as a row's bit masks hold: a row of a newer worker may name an action that this process does not know."""

RATE: Final = ACTION_INDEX[Action.RATE]

STRENGTH: Final[NDArray[np.float64]] = np.zeros(_MOST_ACTIONS)
"""(64,) by index of the action, -2.5 to 5; 0 for a rate, of which the stars decide, and for an impression."""

POSITIVE: Final[NDArray[np.bool_]] = np.zeros(_MOST_ACTIONS, np.bool_)
"""(64,) by index of the action: whether it counts as liking, whatever its value."""

for _action in Action:
    STRENGTH[ACTION_INDEX[_action]] = STRENGTHS.get(_action, 0) / 100
    POSITIVE[ACTION_INDEX[_action]] = _action in POSITIVE_ACTIONS


def strengths(actions: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (N,) how much each interaction speaks for its item, negative against it.

    Args:
        actions: (N,) index in schemas.records.ACTIONS.
        values: (N,) value in thousandths, 0 for none; stars where the action is a rate.
    """
    stars = np.where(values == 0, 0.0, (values - NEUTRAL_STARS) / 1000)
    return np.where(actions == RATE, stars, STRENGTH[actions])


def positives(actions: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (N,) whether each interaction counts as liking its item; arguments as for `strengths`."""
    rated: NDArray[np.bool_] = (actions == RATE) & (values >= POSITIVE_STARS)
    return rated | POSITIVE[actions]
