"""What an action says of a user's liking, as whole numbers: sums of floats would depend on their order."""

from collections.abc import Mapping
from typing import Final

from schemas.records import Action

STRENGTHS: Final[Mapping[str, int]] = {
    Action.VIEW: 20,
    Action.CLICK: 50,
    Action.PLAY: 50,
    Action.COMPLETE: 150,
    Action.LIKE: 200,
    Action.FAVORITE: 250,
    Action.SHARE: 250,
    Action.COMMENT: 200,
    Action.FOLLOW: 300,
    Action.DISLIKE: -200,
    Action.HIDE: -250,
    Action.PURCHASE: 500,
}
"""Strength of each action in hundredths. An impression says nothing: the product chose it. A rate: see `strength`."""

MAX_STARS: Final = 5_000
NEUTRAL_STARS: Final = 3_000
POSITIVE_STARS: Final = 3_500
"""Stars in thousandths: the most there are, those that say nothing, and those from which on a rate is positive."""

POSITIVE: Final = frozenset(
    {
        Action.CLICK,
        Action.PLAY,
        Action.COMPLETE,
        Action.LIKE,
        Action.FAVORITE,
        Action.SHARE,
        Action.COMMENT,
        Action.FOLLOW,
        Action.PURCHASE,
    }
)
"""Actions that count as liking an item, whatever their value."""


def thousandths(value: float | None) -> int:
    """Return the value of an event in thousandths: the nearest one, the even one of two; 0 where it has none."""
    return 0 if value is None else round(value * 1000)


def stars(value: float | None) -> int:
    """Return the stars of a rate in thousandths, 0 to 5,000.

    A rate off the scale counts as its nearer end: otherwise a single one of a billion stars would outweigh all others
    for ever, and a few thousand of them would not fit into a row's 64 bits.
    """
    return min(max(thousandths(value), 0), MAX_STARS)


def strength(action: str, value: float | None) -> int:
    """Return how much an action speaks for an item, in hundredths, negative against it.

    A rate counts by its distance from three stars: +200 for five, -300 for none, 0 where it has no value.
    """
    if action == Action.RATE:
        return 0 if value is None else (stars(value) - NEUTRAL_STARS) // 10
    return STRENGTHS.get(action, 0)


def is_positive(action: str, value: float | None) -> bool:
    """Return whether the action counts as liking: most do, a rate from 3.5 stars on."""
    return action in POSITIVE or (action == Action.RATE and stars(value) >= POSITIVE_STARS)
