"""Recents: a user's last interactions, and what is known of their items."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.features.counts import ItemCounts
from training.features.facts import UNKNOWN, ItemFacts, UserFacts
from training.features.liking import RATE, positives, strengths

YEAR_MS: Final = 365.2425 * 86_400_000
HALF_LIFE: Final = 10.0
"""Interactions after which an earlier one counts half: order says more than time where users come in sessions."""


@dataclass(frozen=True)
class Recents:
    """A user's M last interactions before a moment, the latest first."""

    items: NDArray[np.int32]
    """(M,) item numbers."""

    actions: NDArray[np.int64]
    times: NDArray[np.int64]
    values: NDArray[np.int64]
    facts: ItemFacts
    """Of the M items."""

    counts: ItemCounts
    """Of the M items."""

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def strength(self) -> NDArray[np.float64]:
        """(M,) how much each speaks for its item, negative against it."""
        return strengths(self.actions, self.values)

    @cached_property
    def positive(self) -> NDArray[np.bool_]:
        """(M,) whether it counts as liking."""
        return positives(self.actions, self.values)

    @cached_property
    def rated(self) -> NDArray[np.bool_]:
        """(M,) whether it is a rate with a value."""
        rated: NDArray[np.bool_] = (self.actions == RATE) & (self.values > 0)
        return rated

    @cached_property
    def stars(self) -> NDArray[np.float64]:
        """(M,) the value where it is a rate, 0 to 5."""
        return np.clip(self.values / 1000, 0.0, 5.0)

    @cached_property
    def popularity(self) -> float:
        """Mean of log(1 + actions ever) of the items; NaN where there is none."""
        return float(np.log1p(self.counts.events).mean()) if len(self) else np.nan

    @cached_property
    def rated_stars(self) -> list[float]:
        """Stars of the rates only, for what is computed of a few numbers: Python is faster there than numpy."""
        stars: list[float] = self.stars[self.rated].tolist()
        return stars

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """(M,) by recency: 1, and half of it every HALF_LIFE interactions."""
        return np.exp2(-np.arange(len(self)) / HALF_LIFE)

    @cached_property
    def years(self) -> NDArray[np.float64]:
        """(M,) when the items were published; NaN where it is not known."""
        return years(self.facts)


def years(facts: ItemFacts) -> NDArray[np.float64]:
    """Return (K,) when the items were published, in years of our era; NaN where it is not known."""
    return np.where(facts.publish_time == UNKNOWN, np.nan, 1970 + facts.publish_time / YEAR_MS)


def recents(user: UserFacts, facts: ItemFacts, counts: ItemCounts, as_of_ms: int) -> Recents:
    """Return the interactions that were before the moment: the one at it may be what a model is to foretell."""
    before = np.flatnonzero(user.times < as_of_ms)
    if len(before) == len(user.items):
        return Recents(user.items, user.actions, user.times, user.values, facts, counts)
    return Recents(
        user.items[before],
        user.actions[before],
        user.times[before],
        user.values[before],
        facts.take(before),
        counts.take(before),
    )
