"""What producers do to a log: the same events again, in any order, days late, and bad records between good ones."""

import random
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.faults.conftest import assert_exact, events, send
from tests.faults.oracle import changelogs
from tests.integration.conftest import Platform, settled
from topics.catalog import BEHAVIOR
from topics.producer import LogProducer

pytestmark = pytest.mark.integration

COUNT = 1500


def poison(platform: Platform, tenant: str) -> None:
    """Put bad records into every partition."""
    codec = platform.codecs.of(BEHAVIOR)
    event = next(events(tenant, 1))
    cut_short = codec.encode(event)[:-7]
    with LogProducer(platform.kafka) as producer:
        for user in range(40):
            key = f"{tenant}/u{user}".encode()
            for value in (b"nothing of ours", cut_short, None, codec.encode(replace(event, user_id="another"))):
                producer.send(BEHAVIOR.name, key, value)


async def test_neither_order_nor_repetition_nor_bad_neighbours_show(faulty: Platform, tmp_path: Path) -> None:
    draw = random.Random(3)
    once = list({event.event_id: event for event in events("plain", COUNT)}.values())
    month_ago = time.time_ns() // 1_000_000 - 30 * 86_400_000
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
