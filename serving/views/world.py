"""The world as a request sees it: all views of one generation behind one narrow surface."""

import sys
from collections.abc import Mapping
from threading import Event
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from schemas.loading import Codecs
from schemas.records import Item, ItemStats, UserActivity, UserProfile
from schemas.tenancy import TenantKey
from serving.errors import UnknownTenantError, ViewError
from serving.query import UserState
from serving.user.rows import UserRows
from serving.views.catalogue import Catalogue, Catalogues
from serving.views.follower import Follower
from serving.views.item_reads import ItemReads, Rows
from serving.views.items import ItemsView
from serving.views.neighbors import NeighborsView
from serving.views.protocol import View
from serving.views.refreshed import Held, RefreshedView
from serving.views.settings import ViewsSettings
from serving.views.stats import StatsView
from serving.views.stored import (
    ActivityView,
    AudienceView,
    CatchUp,
    HistoryView,
    ItemRowsView,
    ProfileView,
    StatsRowsView,
)
from serving.views.users import UserStates
from topics.budget import StoreBudget
from topics.catalog import REFRESHED
from topics.changelogs import ITEM, ITEM_AUDIENCE, ITEM_STATS, USER_ACTIVITY, USER_HISTORY, USER_PROFILE
from topics.generation import FIRST, Generation
from topics.offsets import Partition
from topics.reader import LogReader
from topics.replica import Replica
from topics.restore import Accept, restore
from topics.rows import RowDecoder


class Views:
    """All views of a generation, over one set of catalogues."""

    def __init__(
        self, settings: ViewsSettings, codecs: Codecs, catch_up: CatchUp, generation: Generation = FIRST
    ) -> None:
        """Make the views, empty; `catch_up` brings a store to the end of its changelog."""
        self.catalogues: Final = Catalogues()
        self.items: Final = ItemsView(self.catalogues, settings.new_items)
        self.stats: Final = StatsView(
            self.catalogues, settings.hot_half_life_days, settings.hot_all_time_share, settings.hot_items
        )
        self.neighbors: Final = NeighborsView(self.catalogues, settings.shrinkage)
        budget, folder = StoreBudget(settings.store_bytes), generation.folder(settings.state_dir)
        activity, history, profile, audience, items, stats = (
            RowDecoder(codecs.of(topic), codecs.fetch)
            for topic in (USER_ACTIVITY, USER_HISTORY, USER_PROFILE, ITEM_AUDIENCE, ITEM, ITEM_STATS)
        )
        self.activity: Final = ActivityView(folder, budget, activity, catch_up)
        self.history: Final = HistoryView(folder, budget, history, catch_up)
        self.profile: Final = ProfileView(folder, budget, profile, catch_up)
        self.audience: Final = AudienceView(folder, budget, audience, catch_up, settings.cached_audiences)
        self.item_rows: Final = ItemRowsView(folder, budget, items, catch_up)
        self.stats_rows: Final = StatsRowsView(folder, budget, stats, catch_up)
        self.users: Final = UserStates(
            self.activity,
            self.history,
            self.profile,
            tag_half_life_days=settings.tag_half_life_days,
            cached=settings.cached_users,
        )

    def read_items(self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int) -> ItemReads:
        """Return what features read of these items; see `ReadModel.read_items`."""
        facts, offsets = self.items.read(tenant, items)
        counts, scenario_counts, rows = self.stats.counts(tenant, scenario, items, as_of_ms)
        return ItemReads(facts, counts, scenario_counts, (Rows(ITEM.name, "", offsets), *rows))

    @property
    def all(self) -> tuple[View[Any], ...]:
        """Every view, in the order in which each is brought up to date."""
        columns = (self.items, self.stats, self.neighbors)
        return (*columns, self.activity, self.history, self.profile, self.audience, self.item_rows, self.stats_rows)


class World:
    """Everything that the pipeline reads."""

    def __init__(self, views: Views, refreshed: RefreshedView, follower: Follower, switch_interval_s: float) -> None:
        """Join the views and who keeps them; `World.over` makes both."""
        self.views: Final = views
        self._refreshed = refreshed
        self._follower = follower
        self._switch_interval_s = switch_interval_s

    @classmethod
    def over(cls, settings: ViewsSettings, reader: LogReader, codecs: Codecs, generation: Generation = FIRST) -> Self:
        """Return a world over the generation's changelogs; `codecs` must hold those of all changelogs.

        Each generation keeps its stores in a folder of its own, so that one followed again goes on where it stopped.
        """
        stop = Event()

        def go_on(done: int, total: int) -> None:
            if stop.is_set():
                raise ViewError(f"stopped after {done} of {total} records; the next start goes on from there")

        def catch_up(replica: Replica, partition: Partition, accept: Accept) -> None:
            restore(replica, reader, partition, progress=go_on, accept=accept)

        views = Views(settings, codecs, catch_up, generation)
        refreshed = RefreshedView(
            generation.folder(settings.state_dir),
            StoreBudget(settings.refreshed_bytes),
            RowDecoder(codecs.of(REFRESHED), codecs.fetch),
            catch_up,
            settings.cached_users,
        )
        follower = Follower(
            (*views.all, refreshed),
            reader,
            codecs,
            generation,
            stop=stop,
            retry_s=settings.retry_s,
            probe_interval_s=settings.probe_interval_s,
            refresh_interval_s=settings.refresh_interval_s,
        )
        return cls(views, refreshed, follower, settings.switch_interval_s)

    @property
    def ready(self) -> bool:
        """Whether every view has reached the end offsets that it saw at start, and still follows."""
        return self._follower.ready

    @property
    def failure(self) -> Exception | None:
        """What ended the following; the process has to be restarted. None while all is well."""
        return self._follower.failure

    @property
    def generation(self) -> Generation:
        """Which tables these are."""
        return self._follower.generation

    @property
    def partitions(self) -> int:
        """How many partitions every source and table has."""
        item = self.generation.name(ITEM)
        return sum(at.topic == item for at in self._follower.freshness.positions())

    @property
    def fresh_at_ms(self) -> int:
        """All that the changelogs held at this time, milliseconds since 1970, is visible here."""
        return self._follower.freshness.fresh_at_ms

    def knows(self, tenant: str) -> bool:
        """Return whether an item of the tenant was ever folded, or acted on."""
        return self.views.catalogues.get(tenant) is not None

    def catalogue(self, tenant: str) -> Catalogue:
        """Return the tenant's items; raise UnknownTenantError if `knows` says no."""
        catalogue = self.views.catalogues.get(tenant)
        if catalogue is None:
            raise UnknownTenantError(
                f"nothing of tenant {tenant!r} was ever folded; a new one begins with an item event"
            )
        return catalogue

    def user_state(self, tenant: str, user: str, as_of_ms: int) -> UserState:
        """Return what is known of the user, decayed to `as_of_ms`; empty for a new one.

        Raises UnknownTenantError, and InvalidFieldError if the user is no valid id.
        """
        return self.views.users.state(self.catalogue(tenant), tenant, user, as_of_ms)

    def refreshed(self, tenant: str, user: str, scenario: str) -> Held | None:
        """Return the list that was made ahead, or None; raises as `user_state` does."""
        return self._refreshed.held(self.catalogue(tenant), tenant, user, scenario)

    def user_rows(self, tenant: str, user: str, as_of_ms: int) -> UserRows:
        """Return the user's rows, empty ones for a new user; raises as `user_state` does."""
        state, key = self.user_state(tenant, user, as_of_ms), TenantKey(tenant, user).encode()
        profile, activity = self.views.profile.get(key), self.views.activity.get(key)
        return UserRows(profile or UserProfile(), activity or UserActivity(), state)

    def item_row(self, tenant: str, item: str) -> Item | None:
        """Return the item's row, whole, None if there is none; raises as `user_state` does."""
        self.catalogue(tenant)
        return self.views.item_rows.get(TenantKey(tenant, item).encode())

    def stats_rows(self, tenant: str, item: str, scenario: str | None) -> list[ItemStats]:
        """Return the item's statistics in the scenario, in each if none is named; raises as `user_state` does."""
        self.catalogue(tenant)
        key = TenantKey(tenant, item).encode()
        if scenario is None:
            return self.views.stats_rows.chunks(key)
        row = self.views.stats_rows.get(key, scenario)
        return [] if row is None else [row]

    def read_items(self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int) -> ItemReads:
        """Return what features read of these items; see `ReadModel.read_items`."""
        return self.views.read_items(tenant, scenario, items, as_of_ms)

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        """Return, for each changelog by topic name and each partition, the offset of the next record to come."""
        return self._follower.freshness.by_topic()

    def staleness_ms(self) -> int:
        """Return a bound: all that the changelogs held this long ago is visible here. Below 300 when caught up."""
        return self._follower.freshness.staleness_ms

    def start(self) -> None:
        """Begin to follow the changelogs, on threads of the world's own; returns at once."""
        # Python lets a busy thread keep the interpreter for 5 ms by default: each answer would wait that long, several
        # times, for whatever the follower decodes.
        sys.setswitchinterval(self._switch_interval_s)
        self._follower.start()

    def stop(self) -> None:
        """Stop following, and close the stores; returns when the threads have ended."""
        self._follower.stop()
