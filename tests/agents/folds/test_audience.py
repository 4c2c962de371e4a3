"""Audience: the latest users who liked an item."""

from itertools import permutations
from operator import attrgetter

from hypothesis import example, given
from hypothesis import strategies as st

from agents.folds import audience
from schemas.hashing import id_hash
from schemas.packing import STAMPS
from schemas.records import BehaviorEvent, ItemAudience
from schemas.strength import is_positive
from tests.agents.folds.worlds import NOW, behaviors, flood
from tests.contracts.fold import FoldContract
from tests.contracts.stages import acceptance, log_of, table


class TestAudience(FoldContract):
    source = "user_id"
    events = behaviors
    many = flood(users=300, items=1, days=3)
    stages = (acceptance(), table("item_audience", attrgetter("item_id"), ItemAudience(), audience.fold))
    max_bytes = 100 * (STAMPS.size + 6) + 100


@given(st.lists(behaviors))
@example(flood(300, 1, 3))
def test_it_holds_the_latest_visits(events: list[BehaviorEvent]) -> None:
    row = audience.fold(ItemAudience(), log_of(events, "user_id"))
    last: dict[str, tuple[int, int]] = {}
    for event in events:
        if is_positive(event.action, event.value):
            stamp = (event.event_time, id_hash(event.event_id))
            last[event.user_id] = max(stamp, last.get(event.user_id, stamp))
    visits = [(*stamp, user) for stamp, user in zip(STAMPS.unpack(row.visits), row.users, strict=True)]
    assert visits == sorted(((*stamp, user) for user, stamp in last.items()), reverse=True)[: audience.VISITS]


def test_two_users_with_one_event_id_and_time_keep_one_order() -> None:
    likes = [BehaviorEvent("e", "t", user, "i", "like", NOW) for user in ("u1", "u2", "u3")]
    for events in permutations(likes):
        row = audience.fold(ItemAudience(), log_of(events, "user_id"))
        assert row.users == ["u3", "u2", "u1"]
