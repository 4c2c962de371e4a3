"""Small worlds whose events collide, and floods that overflow every bounded list."""

import random
from typing import Final

from hypothesis import strategies as st

from agents.folds.durations import DAY, FIVE_MINUTES
from schemas.records import Action, BehaviorEvent
from tests.strategies import actions, few, item_changes, user_changes, values

NOW: Final = 1_700_000_000_000
ACTIONS: Final = [action.value for action in Action if action is not Action.UNKNOWN]

times = st.integers(-12, 12).map(lambda step: NOW + step * DAY // 8) | st.integers(NOW, NOW + 3 * FIVE_MINUTES)
colliding_ids = few("e", 6) | st.uuids().map(str)

behaviors = st.builds(  # without what no fold reads: text is slow to draw
    BehaviorEvent,
    event_id=colliding_ids,
    tenant_id=st.just("t"),
    user_id=few("u", 3),
    item_id=few("i", 3),
    action=actions(),
    event_time=times,
    scenario=few("s", 2),
    value=st.none() | st.sampled_from([3.0, 3.5]) | values(),
    tags=st.lists(few("tag", 4), max_size=4),
)
catalogue_changes = item_changes(tenants=st.just("t"), items=few("i", 2), ids=colliding_ids, times=times)
profile_changes = user_changes(tenants=st.just("t"), users=few("u", 2), ids=colliding_ids, times=times)


def flood(users: int, items: int, days: int, count: int = 1200, span: int = DAY) -> list[BehaviorEvent]:
    """Return different events of so many users and items within so many days, or spans of another length in
    milliseconds; the same for every call."""
    chance = random.Random(7)
    return [
        BehaviorEvent(
            event_id=f"e{number}",
            tenant_id="t",
            user_id=f"u{chance.randrange(users)}",
            item_id=f"i{chance.randrange(items)}",
            action=chance.choice(ACTIONS),
            event_time=NOW // DAY * DAY + chance.randrange(days * span),
            value=chance.choice([None, 1.0, 3.5, 4.5]),
            tags=[f"tag{chance.randrange(100)}" for _ in range(3)],
        )
        for number in range(count)
    ]
