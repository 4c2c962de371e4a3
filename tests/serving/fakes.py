"""A small world in memory: real catalogues, states and channels, without Kafka; and strategies for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeAlias, cast

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from schemas.records import Item, ItemStats, Status, UserActivity, UserProfile
from serving.candidate import Candidates, Proposal
from serving.errors import NotReadyError, UnknownTenantError
from serving.query import Query, Recent, Shown, UserState
from serving.recall.protocol import Channel
from serving.user.rows import UserRows
from serving.views.catalogue import Catalogue
from serving.views.item_reads import ItemReads, Rows
from serving.views.refreshed import Held
from topics.generation import FIRST, Generation
from training.features.counts import ItemCounts

NOW: Final = 1_700_000_000_000
TENANT: Final = "acme"


def catalogue_of(
    active: Sequence[bool], category: Sequence[int] | None = None, author: Sequence[int] | None = None
) -> Catalogue:
    """Return a catalogue of len(active) items; item n is item-n, published n milliseconds after 1970; -1 is none."""
    catalogue = Catalogue()
    nothing = [-1] * len(active)
    for n, (shown, kind, who) in enumerate(zip(active, category or nothing, author or nothing, strict=True)):
        row = Item(
            title=f"Title {n}",
            categories=[] if kind == -1 else [f"category-{kind}"],
            author="" if who == -1 else f"author-{who}",
            publish_time=n,
            status=Status.ACTIVE if shown else Status.HIDDEN,
        )
        catalogue.put(catalogue.number(f"item-{n}"), row)
    catalogue.commit()
    return catalogue


def state_of(
    seen: Sequence[int] = (), tags: Mapping[str, float] | None = None, shown: Sequence[tuple[int, int]] = ()
) -> UserState:
    """Return the state of a user who acted on the items in `seen`, and was exposed to (item, time) in `shown`."""
    exposures = Shown(np.array([n for n, _ in shown], np.int32), np.array([at for _, at in shown], np.int64))
    empty = np.empty(0, np.int64)
    recent = Recent(np.empty(0, np.int32), empty, empty, empty)
    return UserState(recent, np.array(sorted(set(seen)), np.int32), tags or {}, shown=exposures)


def query_of(catalogue: Catalogue, state: UserState | None = None, count: int = 10, user: str = "u") -> Query:
    return Query(TENANT, user, "default", count, NOW, catalogue, state or state_of(), exclude_seen=True)


@dataclass
class FixedWorld:
    """One tenant, one catalogue, and states by user."""

    tenant_catalogue: Catalogue
    states: dict[str, UserState] = field(default_factory=dict)
    ready: bool = True
    rows: dict[str, tuple[UserProfile, UserActivity]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    stats: dict[tuple[str, str], ItemStats] = field(default_factory=dict)
    """By item and scenario."""

    generation: Generation = FIRST
    partitions: int = 4
    fresh_at_ms: int = NOW
    staleness: int = 42
    lists: dict[tuple[str, str], Held] = field(default_factory=dict)

    def catalogue(self, tenant: str) -> Catalogue:
        if tenant != TENANT:
            raise UnknownTenantError(tenant)
        return self.tenant_catalogue

    def user_state(self, tenant: str, user: str, as_of_ms: int) -> UserState:
        return self.states.get(user, state_of())

    def refreshed(self, tenant: str, user: str, scenario: str) -> Held | None:
        self.catalogue(tenant)
        return self.lists.get((user, scenario))

    def read_items(self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int) -> ItemReads:
        nothing, offsets = ItemCounts.none(len(items)), items.astype(np.int64)[:, np.newaxis]
        return ItemReads(self.tenant_catalogue.facts(items), nothing, nothing, [Rows("item.table.v1", "", offsets)])

    @property
    def world(self) -> FixedWorld:
        if not self.ready:
            raise NotReadyError("not ready")
        return self

    def user_rows(self, tenant: str, user: str, as_of_ms: int) -> UserRows:
        self.catalogue(tenant)
        profile, activity = self.rows.get(user, (UserProfile(), UserActivity()))
        return UserRows(profile, activity, self.user_state(tenant, user, as_of_ms))

    def knows(self, tenant: str) -> bool:
        return tenant == TENANT

    def item_row(self, tenant: str, item: str) -> Item | None:
        self.catalogue(tenant)
        return self.items.get(item)

    def stats_rows(self, tenant: str, item: str, scenario: str | None) -> list[ItemStats]:
        self.catalogue(tenant)
        return [row for (of, where), row in self.stats.items() if of == item and scenario in (None, where)]

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        return {"item.table.v1": {0: 17, 1: 4}, "user_activity.table.v1": {0: 3}}

    def staleness_ms(self) -> int:
        return self.staleness


@dataclass
class FixedChannel:
    """Proposes the same items, best first, to everybody."""

    waits: ClassVar[bool] = False

    name: str
    items: Sequence[int]

    async def recall(self, query: Query, limit: int) -> Proposal:
        items = np.array(self.items[:limit], np.int32)
        return Proposal(items, np.arange(len(items), 0, -1).astype(np.float32))


@dataclass
class FailingChannel:
    """Always fails."""

    waits: ClassVar[bool] = True

    name: str

    async def recall(self, query: Query, limit: int) -> Proposal:
        raise ConnectionError("no route to the index")


@dataclass
class LateChannel:
    """Never answers; `stubborn` ones go on when they are cancelled."""

    waits: ClassVar[bool] = True

    name: str
    stubborn: bool = False
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def recall(self, query: Query, limit: int) -> Proposal:
        while not self.release.is_set():
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise
        return Proposal.none()


@dataclass
class LyingChannel:
    """Proposes what is no proposal: items twice, or of no catalogue, or more than asked for, or scored by nothing."""

    waits: ClassVar[bool] = False

    name: str
    lie: str
    items: Sequence[int]

    async def recall(self, query: Query, limit: int) -> Proposal:
        items = np.array([*self.items, 0], np.int32)
        scores = np.ones(len(items), np.float32)
        match self.lie:
            case "twice":
                return Proposal(np.concatenate((items, items)), np.concatenate((scores, scores)))
            case "beyond":
                return Proposal(items + len(query.catalogue), scores)
            case "before":
                return Proposal(items - len(items) - len(query.catalogue), scores)
            case "more":
                return Proposal(np.zeros(limit + 1, np.int32), np.ones(limit + 1, np.float32))
            case "unscored":
                return Proposal(items, scores[1:])
            case _:
                return Proposal(items, np.full(len(items), np.nan, np.float32))


LIES: Final = ("twice", "beyond", "before", "more", "unscored", "nan")

FakeChannel: TypeAlias = FixedChannel | FailingChannel | LateChannel | LyingChannel


def as_channel(fake: FakeChannel) -> Channel:
    """Return the fake as a channel: a real one's name is its class's, while each of these has its own."""
    return cast(Channel, fake)


@st.composite
def catalogues(draw: st.DrawFn, most: int = 30) -> Catalogue:
    """Return a catalogue of 0 to `most` items, in few categories and of few authors, some of none."""
    size = draw(st.integers(0, most))
    kinds = st.lists(st.integers(-1, 2), min_size=size, max_size=size)
    active = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return catalogue_of(active, draw(kinds), draw(kinds))


exposed = st.integers(NOW - 10 * 86_400_000, NOW + 60_000)


@st.composite
def queries(draw: st.DrawFn, catalogues: SearchStrategy[Catalogue] = catalogues()) -> Query:  # noqa: B008
    """Return a query of a user who acted on some of the items."""
    catalogue = draw(catalogues)
    seen = draw(st.lists(_numbers(catalogue), max_size=10)) if len(catalogue.ids) else []
    shown = draw(st.lists(st.tuples(_numbers(catalogue), exposed), max_size=30)) if len(catalogue.ids) else []
    return query_of(
        catalogue, state_of(seen, shown=shown), draw(st.integers(1, 40)), draw(st.sampled_from(["u1", "u2"]))
    )


@st.composite
def queries_and_candidates(draw: st.DrawFn) -> tuple[Query, Candidates]:
    """Return a query, and candidates from its catalogue: none twice, some with equal scores."""
    query = draw(queries())
    size = len(query.catalogue.ids)
    items = draw(st.permutations(range(size)))[: draw(st.integers(0, size))]
    scores = draw(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=len(items), max_size=len(items)))
    scored = np.array(scores, np.float32)
    return query, Candidates(np.array(items, np.int32), scored, scored[:, np.newaxis], ("hot",))


def _numbers(catalogue: Catalogue) -> SearchStrategy[int]:
    return st.integers(0, len(catalogue.ids) - 1)
