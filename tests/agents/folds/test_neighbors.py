"""Neighbours: the coordinated sample of an item's users."""

from operator import attrgetter

from hypothesis import example, given
from hypothesis import strategies as st

from agents.folds import neighbors
from schemas.hashing import id_hash
from schemas.packing import USERS
from schemas.records import BehaviorEvent, ItemNeighbors
from schemas.strength import is_positive
from tests.agents.folds.worlds import NOW, behaviors, flood
from tests.contracts.fold import FoldContract
from tests.contracts.stages import acceptance, log_of, table


class TestNeighbors(FoldContract):
    source = "user_id"
    events = behaviors
    many = flood(users=600, items=1, days=3)
    stages = (acceptance(), table("item_neighbors", attrgetter("item_id"), ItemNeighbors(), neighbors.fold))
    max_bytes = 256 * USERS.size + 100


@given(st.lists(behaviors))
@example(flood(600, 1, 3))
def test_it_holds_the_smallest_hashes_of_those_who_liked_it(events: list[BehaviorEvent]) -> None:
    row = neighbors.fold(ItemNeighbors(), log_of(events, "user_id"))
    liked = {id_hash(event.user_id) for event in events if is_positive(event.action, event.value)}
    assert USERS.unpack(row.users) == [(user,) for user in sorted(liked)[: neighbors.SAMPLE]]


def test_two_items_sample_the_same_users() -> None:
    likes = [[BehaviorEvent(f"{i}{n}", "t", f"u{n}", i, "like", NOW) for n in range(1000)] for i in ("a", "b")]
    rows = [neighbors.fold(ItemNeighbors(), log_of(events, "user_id")) for events in likes]
    assert rows[0].users == rows[1].users
