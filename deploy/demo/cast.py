"""Whom and what the demonstration shows: picked from the data that it loaded."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import uuid_utils

from schemas.records import Action, BehaviorEvent, ItemChange

NEWCOMER: Final = "newcomer"
"""A user of whom no event tells."""

GOOD_STARS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Users and items of a data set, the busy ones first."""

    tenant: str
    scenario: str
    users: Sequence[str]
    """The known users, by number of events, falling."""

    items: Sequence[ItemChange]
    """The items, by number of acts on them, falling."""

    liked: Mapping[str, Sequence[str]]
    """Titles that a user said that they like, the latest first."""

    topic: str
    """A category that the newcomer turns out to like."""

    present_ms: int
    """The moment just after the last event: what "now" is in this data."""

    @classmethod
    def of(cls, scenario: str, topic: str, changes: Iterable[ItemChange], events: Sequence[BehaviorEvent]) -> Self:
        """Pick from at least one event, in time order."""
        items = {change.item_id: change for change in changes}
        acts = Counter(event.item_id for event in events if event.action != Action.IMPRESSION)
        liked: defaultdict[str, list[str]] = defaultdict(list)
        for event in reversed(events):
            if event.action == Action.LIKE or ((event.value or 0) >= GOOD_STARS and event.action == Action.RATE):
                liked[event.user_id].append(items[event.item_id].title or event.item_id)
        return cls(
            tenant=events[0].tenant_id,
            scenario=scenario,
            users=[user for user, _ in Counter(event.user_id for event in events).most_common()],
            items=sorted(items.values(), key=lambda item: -acts[item.item_id]),
            liked=liked,
            topic=topic,
            present_ms=events[-1].event_time + 1,
        )

    def best_known(self, count: int) -> list[str]:
        """Return ids of the items of the topic with the most acts."""
        return [item.item_id for item in self.items if self.topic in (item.categories or [])][:count]

    def spread(self, count: int) -> list[str]:
        """Return that many known users, from busy to quiet, or all where there are fewer."""
        count = min(count, len(self.users))
        return [self.users[(2 * number + 1) * len(self.users) // (2 * count)] for number in range(count)]

    def like(self, user: str, item_id: str) -> BehaviorEvent:
        """Return the event that the user likes the item, now."""
        item = next(item for item in self.items if item.item_id == item_id)
        return BehaviorEvent(
            event_id=str(uuid_utils.uuid7()),
            tenant_id=self.tenant,
            user_id=user,
            item_id=item_id,
            action=Action.LIKE,
            event_time=self.present_ms,
            scenario=self.scenario,
            tags=[*(item.categories or []), *(item.tags or [])],
        )
