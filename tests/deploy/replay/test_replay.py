"""A replay folds as the agents do, whatever the order of the events, and serves what it folded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.folds.digest import combine, digest
from agents.tables import TABLES
from deploy.replay.tables import FoldedTables
from deploy.replay.world import replay_world
from schemas.records import Action, BehaviorEvent, Change, ItemChange, UserChange
from schemas.validation import Event
from serving.errors import UnknownTenantError
from tests.strategies import behavior_events, few, item_changes, times, user_changes

NOW = 1_700_000_000_000
HOUR = 3_600_000

events: st.SearchStrategy[list[Event]] = st.lists(
    st.one_of(
        behavior_events(tenants=few("t", 2), users=few("u", 3), items=few("i", 3), times=times(around=NOW)),
        item_changes(tenants=few("t", 2), items=few("i", 3), times=times(around=NOW)),
        user_changes(tenants=few("t", 2), users=few("u", 3), times=times(around=NOW)),
    ),
    max_size=25,
    unique_by=lambda event: event.event_id,
)


def digests(tables: FoldedTables) -> dict[str, int]:
    return {
        table.name: combine(digest(key, row) for key, row in tables.rows(table).items() if row != table.empty)
        for table in TABLES
    }


@settings(deadline=None, max_examples=40)
@given(events, st.randoms(use_true_random=False), st.integers(0, 25))
def test_the_tables_are_a_function_of_the_set_of_events(given: list[Event], random: object, cut: int) -> None:
    shuffled = list(given)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = FoldedTables(shuffled[:cut])
    again.fold(shuffled[cut:])
    again.fold(given[: len(given) // 2])  # delivered once more
    assert digests(again) == digests(FoldedTables(given))


def past() -> list[Event]:
    acts = [("u", "a", Action.LIKE, 3), ("u", "b", Action.VIEW, 2), ("v", "a", Action.PURCHASE, 2)]
    return [
        *(ItemChange(f"c{item}", "t", item, Change.CREATE, NOW - 100 * HOUR, item, ["films"]) for item in "abc"),
        *(
            BehaviorEvent(f"e{number}", "t", user, item, action, NOW - hours * HOUR, scenario="home")
            for number, (user, item, action, hours) in enumerate(acts)
        ),
        UserChange("p", "t", "u", "update", NOW, {"language": "sv"}),
    ]


def test_a_world_of_the_past_answers_as_serving_does() -> None:
    with replay_world(FoldedTables(past())) as world:
        catalogue = world.catalogue("t")
        state = world.user_state("t", "u", NOW)
        assert [catalogue.ids[item] for item in state.recent.items] == ["b", "a"]
        assert sorted(catalogue.ids[item] for item in state.seen) == ["a", "b"]
        items = np.array([catalogue.number("a"), catalogue.number("c")], np.int32)
        read = world.read_items("t", "home", items, NOW)
        assert read.counts.events.tolist() == read.scenario_counts.events.tolist() == [2, 0]
        assert len(read.facts) == 2
        assert world.ready
        assert world.staleness_ms() == 0
        assert world.positions() == {}


def test_another_tenant_sees_nothing() -> None:
    with replay_world(FoldedTables(past())) as world, pytest.raises(UnknownTenantError, match="'other'"):
        world.catalogue("other")
