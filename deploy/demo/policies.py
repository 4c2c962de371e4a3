"""Who picks the videos: the role, and the two policies that Tideline is measured against."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from schemas.records import Action, BehaviorEvent, ItemChange


@dataclass(frozen=True, slots=True)
class Offer:
    """A list of item ids, best first, and the id of the request that it answers, if one did."""

    items: Sequence[str]
    request_id: str | None = None


class Policy(Protocol):
    """Picks what a user is shown, from nothing but what the events say."""

    name: ClassVar[str]

    async def offer(self, user: str, count: int, as_of_ms: int) -> Offer:
        """Return at most `count` items, none that the user acted on."""
        ...


class Observed:
    """What the events said so far: all that a baseline may know."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.clicks: Counter[str] = Counter()
        self._acted: defaultdict[str, set[str]] = defaultdict(set)

    def add_items(self, changes: Iterable[ItemChange]) -> None:
        """Take note of new items."""
        self.items += [change.item_id for change in changes]

    def add_events(self, events: Iterable[BehaviorEvent]) -> None:
        """Take note of what users did; an impression is not an act of theirs."""
        for event in events:
            if event.action != Action.IMPRESSION:
                self._acted[event.user_id].add(event.item_id)
                self.clicks[event.item_id] += event.action == Action.CLICK

    def unseen_by(self, user: str) -> list[str]:
        """Return the items that the user did not act on yet."""
        return [item for item in self.items if item not in self._acted[user]]


class RandomPolicy:
    """Any item with the same chance."""

    name: ClassVar[str] = "random"

    def __init__(self, observed: Observed, seed: int) -> None:
        self._observed = observed
        self._random = np.random.default_rng([seed, 0])

    async def offer(self, user: str, count: int, as_of_ms: int) -> Offer:
        """Return a random draw of the items that the user did not act on yet."""
        unseen = self._observed.unseen_by(user)
        return Offer([unseen[at] for at in self._random.permutation(len(unseen))[:count]])


class PopularPolicy:
    """The items with the most clicks of all users; of equal ones the older first."""

    name: ClassVar[str] = "popular"

    def __init__(self, observed: Observed) -> None:
        self._observed = observed

    async def offer(self, user: str, count: int, as_of_ms: int) -> Offer:
        """Return the most clicked of the items that the user did not act on yet."""
        clicks = self._observed.clicks
        return Offer(sorted(self._observed.unseen_by(user), key=lambda item: -clicks[item])[:count])
