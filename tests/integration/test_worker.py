"""Workers on the real stack: they share the partitions, and what one leaves undone another does, once."""

import asyncio
import os
import random
import signal
import time

import pytest

from deploy.demo.errors import ChildEndedError
from schemas.records import BehaviorEvent, ItemStats, UserActivity
from tests.integration.conftest import Platform, settled, shared_by
from topics.changelogs import ITEM_STATS, USER_ACTIVITY
from topics.events import EventProducer

pytestmark = pytest.mark.integration

USERS, ITEMS, EVENTS = 200, 50, 4000


def events(tenant: str) -> list[BehaviorEvent]:
    """Events with every tenth twice, in an order of their own."""
    draw = random.Random(7)
    now = time.time_ns() // 1_000_000
    once = [
        BehaviorEvent(
            f"{tenant}-{number}",
            tenant,
            f"u{draw.randrange(USERS)}",
            f"i{draw.randrange(ITEMS)}",
            draw.choice(["view", "click", "like"]),
            now - draw.randrange(86_400_000),
        )
        for number in range(EVENTS)
    ]
    all_events = once + once[::10]
    draw.shuffle(all_events)
    return all_events


def send(platform: Platform, batch: list[BehaviorEvent]) -> None:
    with EventProducer(platform.kafka, platform.codecs) as producer:
        for event in batch:
            producer.send(event)


def counted(platform: Platform, tenant: str) -> tuple[int, int]:
    """Return the events that the users' rows count, and those that the items' rows count."""
    activity = platform.rows(USER_ACTIVITY, UserActivity, tenant)
    stats = platform.rows(ITEM_STATS, ItemStats, tenant)
    return (
        sum(sum(row.totals.values()) for row in activity.values()),
        sum(sum(row.totals.values()) for row in stats.values()),
    )


async def test_two_workers_share_the_partitions_and_count_every_event_once(platform: Platform) -> None:
    async with platform.tideline.start("one", "worker"), platform.tideline.start("two", "worker"):
        await shared_by(platform, 2)
        await asyncio.to_thread(send, platform, events("shared"))
        await settled(platform)
    assert counted(platform, "shared") == (EVENTS, EVENTS)


async def work_until_killed(platform: Platform, batch: list[BehaviorEvent]) -> None:
    async with platform.tideline.start("victim", "worker") as victim:
        await asyncio.to_thread(send, platform, batch[:2000])
        os.kill(victim.pid, signal.SIGKILL)
        await asyncio.to_thread(send, platform, batch[2000:])


async def test_a_killed_worker_loses_nothing_and_doubles_nothing(platform: Platform) -> None:
    batch = events("killed")
    async with platform.tideline.start("survivor", "worker"):
        with pytest.raises(ChildEndedError):
            await work_until_killed(platform, batch)
        await settled(platform)
    assert counted(platform, "killed") == (EVENTS, EVENTS)


async def test_a_store_that_is_gone_is_restored_from_the_changelog(platform: Platform) -> None:
    first, second = events("restored")[:2200], events("restored")[2200:]
    async with platform.tideline.start("before", "worker"):
        await asyncio.to_thread(send, platform, first)
        await settled(platform)
    async with platform.tideline.start("after", "worker", "--state-dir", str(platform.tideline.folder / "elsewhere")):
        await asyncio.to_thread(send, platform, second)
        await settled(platform)
    assert counted(platform, "restored") == (EVENTS, EVENTS)
