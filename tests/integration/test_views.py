"""The views on the real stack: what is written to the changelogs becomes visible, and a restart goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from schemas.packing import ACTS, RECENT, USERS
from schemas.records import ACTION_INDEX, Action, Item, ItemNeighbors, ItemStats, Row, UserActivity, UserHistory
from schemas.tenancy import TenantKey, chunk_key
from serving.errors import UnknownTenantError
from serving.views.settings import ViewsSettings
from serving.views.world import World
from tests.integration.conftest import Platform
from topics.catalog import REFRESHED
from topics.changelogs import CHANGELOGS, ITEM, ITEM_NEIGHBORS, ITEM_STATS, USER_ACTIVITY, USER_HISTORY
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.topic import Topic

pytestmark = pytest.mark.integration

TENANT = "views"
NOW = 1_700_000_000_000
LIKE = ACTION_INDEX[Action.LIKE]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(platform: Platform) -> Iterator[None]:
    """Delete the rows afterwards: no event in the log gives them, as `tideline verify` would say to other tests."""
    yield
    with LogProducer(platform.kafka) as producer:
        for topic in CHANGELOGS:
            for record in platform.records(topic):
                key, partition = record.key(), record.partition()
                if key is not None and key.startswith(TENANT.encode()):
                    producer.send(topic.name, key, None, partition=partition)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fail after half a minute."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.01)


def write(platform: Platform, *rows: tuple[Topic, str, str, Row | None], tenant: str = TENANT) -> None:
    """Write rows of (changelog, owner, chunk, row) as workers do: all chunks of an owner to the owner's partition."""
    with LogProducer(platform.kafka) as producer:
        for topic, owner, chunk, row in rows:
            key = TenantKey(tenant, owner).encode()
            value = None if row is None else platform.codecs.of(topic).encode(row)
            row_key = chunk_key(key, chunk) if chunk else key
            partition = partition_of(key, platform.kafka.partitions)
            producer.send(topic.name, row_key, value, partition=partition)


@contextmanager
def world_over(platform: Platform, folder: Path) -> Iterator[World]:
    """Give a world that has caught up; it is stopped afterwards."""
    world = World.over(ViewsSettings(state_dir=folder), LogReader(platform.kafka), platform.codecs)
    assert not world.ready
    world.start()
    try:
        eventually(lambda: world.ready or world.failure is not None)
        assert world.failure is None
        yield world
    finally:
        world.stop()
    assert not world.ready


def likes(*items: str, offset: int) -> tuple[UserActivity, UserHistory]:
    """Return the rows of a user who liked the items, the last one last."""
    applied = {"0": offset}
    latest = list(reversed(items))
    recent = RECENT.pack((NOW - at, at, 0, LIKE) for at in range(len(items)))
    acts = ACTS.pack((NOW, 1 << LIKE) for _ in items)
    return (
        UserActivity(applied=applied, recent=recent, recent_items=latest),
        UserHistory(applied=applied, items=sorted(items), acts=acts),
    )


def seen(world: World, user: str) -> set[str]:
    catalogue = world.catalogue(TENANT)
    return {catalogue.ids[number] for number in world.user_state(TENANT, user, NOW).seen}


def test_rows_of_every_table_become_visible_while_it_runs(platform: Platform, tmp_path: Path) -> None:
    with world_over(platform, tmp_path) as world:
        assert not world.knows("views-live")
        with pytest.raises(UnknownTenantError):
            world.catalogue("views-live")
        sketch = ItemNeighbors(users=USERS.pack([(1,), (2,)]))
        write(
            platform,
            (ITEM, "a", "", Item(title="A", status="active", tags=["war"])),
            (ITEM_STATS, "a", "feed", ItemStats(totals={"like": 3})),
            (ITEM_NEIGHBORS, "a", "", sketch),
            (ITEM_NEIGHBORS, "b", "", sketch),
            tenant="views-live",
        )
        eventually(lambda: world.knows("views-live") and set(world.catalogue("views-live").numbers) == {"a", "b"})
        catalogue = world.catalogue("views-live")
        a, b = (np.array([catalogue.numbers[item]], np.int32) for item in "ab")
        eventually(lambda: catalogue.items_with("war").tolist() == a.tolist())
        assert catalogue.titles[a[0]] == "A"
        eventually(lambda: world.views.stats.hot("views-live", "feed", NOW).items.tolist() == a.tolist())

        def alike() -> bool:
            similar = world.views.neighbors.scoring("views-live", a, np.ones(1)).run()
            return len(similar) == 2 and bool(similar[b[0]] > 0)

        eventually(alike)  # a sketch is there a moment before the items of its users are
        write(platform, (ITEM, "a", "", None), tenant="views-live")
        eventually(lambda: not catalogue.active.any())
        eventually(lambda: world.staleness_ms() < 5_000)


def test_a_restart_goes_on_with_the_stored_rows_and_refuses_a_zombie(platform: Platform, tmp_path: Path) -> None:
    activity, history = likes("x", "y", offset=10)
    write(
        platform,
        *((ITEM, item, "", Item(status="active")) for item in "xyz"),
        (USER_ACTIVITY, "u", "", activity),
        (USER_HISTORY, "u", "00000001", history),
    )
    with world_over(platform, tmp_path) as world:
        assert seen(world, "u") == {"x", "y"}
        assert world.positions().keys() == {topic.name for topic in (*CHANGELOGS, REFRESHED)}
        before = world.positions()

    late, late_history = likes("x", offset=9)
    write(platform, (USER_ACTIVITY, "u", "", late), (USER_HISTORY, "u", "00000001", late_history))
    write(platform, (USER_HISTORY, "u", "00000002", likes("z", offset=11)[1]))
    with world_over(platform, tmp_path) as world:
        assert seen(world, "u") == {"x", "y", "z"}
        assert len(world.user_state(TENANT, "u", NOW).recent.items) == 2
        after = world.positions()
    for topic in (USER_ACTIVITY.name, USER_HISTORY.name):
        assert sum(after[topic].values()) > sum(before[topic].values())
