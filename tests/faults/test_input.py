"""What producers do to a log: the same events again, in any order, days late, and bad records between good ones."""

import random
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from schemas.packing import CELLS
from schemas.records import UserActivity
from tests.faults.conftest import assert_exact, behavior, events, send
from tests.faults.oracle import changelogs
from tests.integration.conftest import Platform, settled
from topics.catalog import BEHAVIOR
from topics.changelogs import USER_ACTIVITY
from topics.producer import LogProducer

pytestmark = pytest.mark.integration

COUNT = 1500
MINUTE = 60_000


def poison(platform: Platform, tenant: str) -> None:
    """Put bad records into every partition."""
    codec = platform.codecs.of(BEHAVIOR)
    event = behavior(random.Random(1), "poison", tenant)
    cut_short = codec.encode(event)[:-7]
    with LogProducer(platform.kafka) as producer:
        for user in range(40):
            key = f"{tenant}/u{user}".encode()
            for value in (b"nothing of ours", cut_short, None, codec.encode(replace(event, user_id="another"))):
                producer.send(BEHAVIOR.name, key, value)


async def test_neither_order_nor_repetition_nor_bad_neighbours_show(faulty: Platform, tmp_path: Path) -> None:
    draw = random.Random(3)
    once = list({event.event_id: event for event in events("plain", COUNT)}.values())
    month_ago = time.time_ns() // 1_000_000 - 30 * 24 * 60 * MINUTE
    once += [replace(event, event_id=f"late-{event.event_id}", event_time=month_ago) for event in once[:100]]
    again = [replace(event, tenant_id="mixed") for event in once * 2]
    draw.shuffle(again)
    async with faulty.tideline.start("worker", "worker", "--state-dir", str(tmp_path / "worker")):
        await send(faulty, once)
        for begin in range(0, len(again), 1000):
            await send(faulty, again[begin : begin + 1000])
            poison(faulty, "mixed")
        await settled(faulty)
    await assert_exact(faulty, "plain", tmp_path / "worker" / "0")
    await assert_exact(faulty, "mixed", tmp_path / "worker" / "0")
    rows = {tenant: len(changelogs(faulty, tenant)) for tenant in ("plain", "mixed")}
    assert rows["plain"] == rows["mixed"]


async def test_a_producer_whose_clock_is_an_hour_ahead(faulty: Platform, tmp_path: Path) -> None:
    """What comes in time after it is counted all the same, in the buckets of its own hour too."""
    draw = random.Random(4)
    now = time.time_ns() // 1_000_000
    in_time = [
        replace(behavior(draw, f"in-time-{number}", "ahead"), event_time=now - draw.randrange(55 * MINUTE))
        for number in range(COUNT)
    ]
    ahead = [
        replace(event, event_id=f"ahead-{event.event_id}", event_time=event.event_time + 60 * MINUTE)
        for event in in_time
    ]
    async with faulty.tideline.start("worker", "worker", "--state-dir", str(tmp_path / "worker")):
        for batch in (ahead, in_time):
            await send(faulty, batch)
            await settled(faulty)
    await assert_exact(faulty, "ahead", tmp_path / "worker" / "0")
    rows = faulty.rows(USER_ACTIVITY, UserActivity, "ahead")
    assert sum(count for row in rows.values() for _, _, count in CELLS.unpack(row.buckets)) == 2 * COUNT
