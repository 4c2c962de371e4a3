"""`tideline verify` on the real stack: right tables pass while they are written to; only a wrong row is named."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from agents.tables import TABLES
from schemas.records import BehaviorEvent, Item, ItemChange, ItemStats, UserChange
from schemas.tenancy import TenantKey, chunk_key
from tests.faults.conftest import load
from tests.integration.conftest import Platform, settled
from tests.integration.test_state import produce
from topics.catalog import BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.changelogs import ITEM, ITEM_STATS, USER_PROFILE
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.topic import Topic

pytestmark = pytest.mark.integration

TENANT = "verified"
AT = 1_700_000_000_000
ADA, TEA, CUP = (TenantKey(TENANT, name).encode() for name in ("ada", "tea", "cup"))
STATS = chunk_key(TEA, "home")


async def verify(platform: Platform, *arguments: str, status: int) -> Any:
    done = await asyncio.to_thread(platform.tideline.run, "verify", "--workers", "1", *arguments, "--json")
    assert done.returncode == status, done.stdout + done.stderr
    return orjson.loads(done.stdout.splitlines()[-1])


@contextmanager
def written(
    platform: Platform, changelog: Topic, key: bytes, value: bytes | None, after: bytes | None
) -> Iterator[None]:
    """Write a row into a live changelog as nobody should; afterwards another, since other tests share the table."""
    partition = partition_of(key.partition(b"\0")[0], 4)
    with LogProducer(platform.kafka) as producer:
        producer.send(changelog.name, key, value, partition=partition)
        producer.flush()
        try:
            yield
        finally:
            producer.send(changelog.name, key, after, partition=partition)


async def test_live_tables_are_what_the_log_gives_and_a_row_that_is_not_is_named(platform: Platform) -> None:
    event = BehaviorEvent("v1", TENANT, "ada", "tea", "like", AT, scenario="home")
    change = UserChange("v2", TENANT, "ada", "update", AT, attributes={"age": "7"})
    item = ItemChange("v3", TENANT, "tea", "create", AT, title="A pot of tea")
    made = [(BEHAVIOR, "ada", event), (USER_CHANGE, "ada", change), (ITEM_CHANGE, "tea", item)]
    produce(platform, TENANT, made)
    async with platform.tideline.start("verified-worker", "worker"):
        await settled(platform)
        async with load(platform, "verified-load"):
            right = await verify(platform, "--keep", status=0)
            assert right["equal"]
            assert [table["table"] for table in right["tables"]] == [table.name for table in TABLES]
            assert all(table["rows"] == table["equal"] > 0 and table["first"] == [] for table in right["tables"])

            [stats] = platform.rows(ITEM_STATS, ItemStats, TENANT).values()
            altered = replace(stats, totals={"like": 2}, rating_sum=9)
            codecs = platform.codecs
            profile = next(record.value() for record in platform.records(USER_PROFILE) if record.key() == ADA)
            with (
                written(platform, ITEM_STATS, STATS, *(codecs.of(ITEM_STATS).encode(row) for row in (altered, stats))),
                written(platform, USER_PROFILE, ADA, None, profile),
                written(platform, ITEM, CUP, codecs.of(ITEM).encode(Item(title="A cup")), None),
            ):
                tables = [f"--table={name}" for name in ("item_stats", "user_profile", "item")]
                wrong = await verify(platform, "--generation", str(right["generation"]), *tables, status=1)
    differing = {
        (table["table"], found["key"], found["chunk"]): found for table in wrong["tables"] for found in table["first"]
    }
    assert {place: found["kind"] for place, found in differing.items()} == {
        ("item_stats", TEA.decode(), "home"): "different",
        ("user_profile", ADA.decode(), ""): "missing",
        ("item", CUP.decode(), ""): "extra",
    }
    assert differing["item_stats", TEA.decode(), "home"]["fields"] == {
        "totals": {"rebuilt": {"like": 1}, "live": {"like": 2}},
        "rating_sum": {"rebuilt": 0, "live": 9},
    }
    assert differing["user_profile", ADA.decode(), ""]["live"] is None
    assert differing["item", CUP.decode(), ""]["live"]["title"] == "A cup"
    dropped = platform.tideline.run("generations", "drop", str(right["generation"]))
    assert dropped.returncode == 0, dropped.stderr
