"""The contract of a channel: it proposes active items, best first, none twice, at most as many as it was asked for.

A channel passes it by a subclass that says how it is made over views:

    class TestHot(ChannelContract):
        def make(self, views): return Hot(views.stats)
"""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, TypeAlias

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from schemas.packing import USERS
from schemas.records import ACTIONS, Item, ItemNeighbors
from serving.candidate import Proposal
from serving.query import Query, Recent, UserState
from serving.recall.protocol import Channel
from serving.views.world import Views
from tests.changes import TENANT, change, make_views, put
from tests.contracts.profile import CONTRACT as WITHOUT_DEADLINE
from tests.row_strategies import item_stats
from tests.strategies import few
from topics.changelogs import ITEM, ITEM_NEIGHBORS, ITEM_STATS

CONTRACT = settings(WITHOUT_DEADLINE, max_examples=25)
ITEMS = [f"item{number}" for number in range(8)]
NOW = 1_700_000_000_000

Rows: TypeAlias = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def worlds() -> SearchStrategy[Rows]:
    """Return the rows of a small world, by item: the catalogue, the scenario `feed`, and sketches."""
    items = st.builds(
        Item,
        tags=st.lists(few("tag", 3), max_size=3),
        publish_time=st.integers(-1, 2 * NOW),
        status=st.sampled_from(["active", "active", "active", "hidden", "deleted"]),
    )
    sketches = st.sets(st.integers(0, 5), min_size=1).map(
        lambda users: ItemNeighbors(users=USERS.pack((user,) for user in sorted(users)))
    )
    named = st.sampled_from(ITEMS)
    return st.tuples(
        st.dictionaries(named, items, min_size=1),
        st.dictionaries(named, item_stats()),
        st.dictionaries(named, sketches, min_size=2),
    )


def views_of(world: Rows) -> Views:
    """Return views that hold the world's rows."""
    views = make_views()
    for view, topic, rows, chunk in (
        (views.items, ITEM, world[0], ""),
        (views.stats, ITEM_STATS, world[1], "feed"),
        (views.neighbors, ITEM_NEIGHBORS, world[2], ""),
    ):
        put(view, [change(topic, item, replace(row, applied={}), chunk) for item, row in rows.items()])
    return views


def query_of(views: Views, state: UserState, scenario: str = "feed", exclude_seen: bool = False) -> Query:
    """Return a query of a user in that state."""
    catalogue = views.catalogues.of(TENANT)
    return Query(TENANT, "u", scenario, 10, NOW, catalogue, state, exclude_seen=exclude_seen)


def states(items: int) -> SearchStrategy[UserState]:
    """Return the state of a user of a catalogue of so many items."""
    numbers = st.integers(0, items - 1)
    interactions = st.lists(
        st.tuples(numbers, st.integers(1, len(ACTIONS) - 1), st.integers(0, NOW), st.integers(0, 5_000)), max_size=8
    )
    return st.builds(
        lambda recent, seen, tags: UserState(
            Recent(*(np.array([entry[at] for entry in recent], kind) for at, kind in enumerate("iqqq"))),
            np.array(sorted({*seen, *(entry[0] for entry in recent)}), np.int32),
            tags,
        ),
        interactions,
        st.sets(numbers),
        st.dictionaries(few("tag", 3), st.floats(-5, 5)),
    )


class ChannelContract(ABC):
    """Subclass it, with a name that begins with Test."""

    @abstractmethod
    def make(self, views: Views) -> Channel:
        """Return the channel over these views."""

    def recalled(self, views: Views, query: Query, limit: int) -> Proposal:
        """Return what the channel proposes."""
        return asyncio.run(self.make(views).recall(query, limit))

    @CONTRACT
    @given(worlds(), st.data())
    def test_proposes_active_items_best_first_none_twice(self, world: Rows, data: st.DataObject) -> None:
        views = views_of(world)
        query = query_of(views, data.draw(states(len(views.catalogues.of(TENANT)))), data.draw(few("scenario", 1)))
        limit = data.draw(st.integers(1, 9))
        found = self.recalled(views, query, limit)
        assert len(found.items) == len(found.scores) <= limit
        assert len(set(found.items.tolist())) == len(found.items)
        assert (found.scores[:-1] >= found.scores[1:]).all()
        assert np.isfinite(found.scores).all()
        assert query.catalogue.active[found.items].all()
        assert found.items.dtype == np.int32
        assert found.scores.dtype == np.float32

    @CONTRACT
    @given(worlds(), st.data())
    def test_a_smaller_limit_gives_the_head_of_the_same_list(self, world: Rows, data: st.DataObject) -> None:
        views = views_of(world)
        query = query_of(views, data.draw(states(len(views.catalogues.of(TENANT)))))
        limit = data.draw(st.integers(1, 9))
        assert (
            self.recalled(views, query, limit).items.tolist() == self.recalled(views, query, 9).items.tolist()[:limit]
        )

    @CONTRACT
    @given(worlds(), st.data())
    def test_leaves_out_what_was_seen_where_the_answer_does(self, world: Rows, data: st.DataObject) -> None:
        views = views_of(world)
        state = data.draw(states(len(views.catalogues.of(TENANT))))
        found = self.recalled(views, query_of(views, state, exclude_seen=True), 9).items.tolist()
        everything = self.recalled(views, query_of(views, state), 9).items.tolist()
        assert found == [item for item in everything if item not in state.seen]

    @CONTRACT
    @given(worlds())
    def test_has_an_answer_for_a_new_user(self, world: Rows) -> None:
        views = views_of(world)
        nothing = np.empty(0, np.int64)
        state = UserState(Recent(np.empty(0, np.int32), nothing, nothing, nothing), np.empty(0, np.int32), {})
        assert len(self.recalled(views, query_of(views, state), 9).items) <= 9
