"""`tideline state`: a digest is a function of the set of events; a row is shown as it stands."""

import random
from collections import defaultdict
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from agents.folds.digest import combine, digest
from agents.folds.history import chunk_of, slot_of
from agents.tables import TABLES, USER_PROFILE
from schemas.records import BehaviorEvent, ItemChange, UserChange, UserProfile
from schemas.tenancy import TenantKey
from tests.integration.conftest import Platform, settled
from topics.catalog import BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.changelogs import USER_ACTIVITY
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.topic import Topic

pytestmark = pytest.mark.integration

AT = 1_700_000_000_000
DAY = 86_400_000
TENANT = "hashed"
SHUFFLED = "hashed-again"

Events = list[tuple[Topic, str, Any]]


def events() -> Events:
    """Events for every table, with the topic and the id of their key."""
    chance = random.Random(5)
    acts = ["click", "like", "rate", "purchase"]
    made: Events = []
    for number in range(120):
        user, item = f"u{chance.randrange(6)}", f"i{chance.randrange(8)}"
        event = BehaviorEvent(f"b{number}", TENANT, user, item, chance.choice(acts), AT + chance.randrange(3 * DAY))
        made.append((BEHAVIOR, user, replace(event, value=4.5, tags=["tea"]) if event.action == "rate" else event))
    for number in range(20):
        item = f"i{number % 8}"
        made.append(
            (ITEM_CHANGE, item, ItemChange(f"c{number}", TENANT, item, "update", AT + number, title=f"t{number}"))
        )
        user = f"u{number % 6}"
        change = UserChange(f"p{number}", TENANT, user, "update", AT + number, attributes={"age": str(number)})
        made.append((USER_CHANGE, user, change))
    return made


def produce(platform: Platform, tenant: str, made: Events) -> None:
    with LogProducer(platform.kafka) as producer:
        for topic, identity, event in made:
            value = platform.codecs.of(topic).encode(replace(event, tenant_id=tenant))
            producer.send(topic.name, TenantKey(tenant, identity).encode(), value)


def digests(platform: Platform, tenant: str) -> dict[str, int]:
    """The digest of each table's rows of a tenant, without the tenant in their keys."""
    found = {}
    for table in TABLES:
        row_type: type[Any] = table.changelog.record
        rows = platform.rows(table.changelog, row_type, tenant)
        found[table.name] = combine(digest(key.removeprefix(f"{tenant}/".encode()), row) for key, row in rows.items())
    return found


def state(platform: Platform, *arguments: str) -> Any:
    """Run `tideline state` and return its JSON."""
    done = platform.tideline.run("state", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout.splitlines()[-1])


def hashes(platform: Platform) -> dict[str, Any]:
    return {table["table"]: table for table in state(platform, "hash")["tables"]}


async def test_a_digest_is_a_function_of_the_set_of_events(platform: Platform) -> None:
    made = events()
    again = [*made, *made[::3]]
    random.Random(6).shuffle(again)
    produce(platform, TENANT, made)
    produce(platform, SHUFFLED, again)
    async with platform.tideline.start("state-worker", "worker"):
        await settled(platform)

    once = digests(platform, TENANT)
    assert all(once.values())
    assert digests(platform, SHUFFLED) == once

    found = hashes(platform)
    assert found.keys() == {table.name for table in TABLES}
    for table in TABLES:
        ends = platform.offsets.end(platform.offsets.partitions(table.changelog.name))
        told = found[table.name]
        assert {part["partition"]: part["position"] for part in told["partitions"]} == {
            at.number: end for at, end in ends.items()
        }
        assert int(told["digest"], 16) == combine(int(part["digest"], 16) for part in told["partitions"])
        assert told["rows"] == sum(part["rows"] for part in told["partitions"])
        every = defaultdict(int, digests_by_partition(platform, table.changelog))
        assert {part["partition"]: int(part["digest"], 16) for part in told["partitions"]} == {
            part["partition"]: every[part["partition"]] for part in told["partitions"]
        }

    again_hashed = hashes(platform)
    assert again_hashed == found
    write_what_a_zombie_would(platform)
    after = hashes(platform)
    assert {name: told["digest"] for name, told in after.items()} == {
        name: told["digest"] for name, told in found.items()
    }
    assert after[USER_PROFILE.name] != found[USER_PROFILE.name]  # by its position


def digests_by_partition(platform: Platform, changelog: Topic) -> dict[int, int]:
    """The digests of all rows, by the partition they stand in."""
    codec = platform.codecs.of(changelog)
    latest: dict[tuple[int, bytes], bytes | None] = {}
    for record in platform.records(changelog):
        latest[record.partition() or 0, record.key() or b""] = record.value()
    found: defaultdict[int, list[int]] = defaultdict(list)
    for (partition, key), value in latest.items():
        if value is not None:  # deleted
            found[partition].append(digest(key, codec.decode(value)))
    return {partition: combine(each) for partition, each in found.items()}


def write_what_a_zombie_would(platform: Platform) -> None:
    """Write a profile that has folded less than the one that stands."""
    key = TenantKey(TENANT, "u1").encode()
    at = Partition(USER_PROFILE.changelog.name, partition_of(key, 4))
    with LogProducer(platform.kafka) as producer:
        value = platform.codecs.of(USER_PROFILE.changelog).encode(UserProfile(applied={"0": -1}))
        producer.send(at.topic, key, value, partition=at.number)


async def test_a_row_is_shown_with_all_its_chunks(platform: Platform) -> None:
    tenant = "shown"
    event = BehaviorEvent("s1", tenant, "ada", "tea", "like", AT, tags=["drinks"])
    produce(platform, tenant, [(BEHAVIOR, "ada", event)])
    produce(platform, tenant, [(BEHAVIOR, "ada", replace(event, event_id="s2", event_time=AT + DAY))])
    async with platform.tideline.start("shown-worker", "worker"):
        await settled(platform)
    activity = state(platform, "get", "user_activity", tenant, "ada")
    key = TenantKey(tenant, "ada").encode()
    at = Partition(USER_ACTIVITY.name, partition_of(key, 4))
    assert (activity["partition"], activity["position"]) == (at.number, platform.offsets.end([at])[at])
    [row] = activity["rows"]
    assert row["row"]["totals"] == {"like": 2}
    assert [(entry["recent_items"], entry["time"]) for entry in row["row"]["recent"]] == [
        ("tea", AT + DAY),
        ("tea", AT),
    ]
    chunks = state(platform, "get", "user_history", tenant, "ada")["rows"]
    assert [each["chunk"] for each in chunks] == [chunk_of(slot_of(AT)), chunk_of(slot_of(AT + DAY))]

    first, second = (record.timestamp()[1] for record in platform.records(BEHAVIOR) if record.key() == key)
    assert first < second
    for table, name in (("user_activity", "ada"), ("item_stats", "tea")):
        then = state(platform, "get", table, tenant, name, "--as-of", str(second))
        assert [row["row"]["totals"] for row in then["rows"]] == [{"like": 1}]
        now = state(platform, "get", table, tenant, name, "--as-of", "2100-01-01", "--generation", "0")
        live = state(platform, "get", table, tenant, name)
        assert (now["generation"], now["rows"]) == (0, live["rows"])
    before = platform.tideline.run("state", "get", "user_activity", tenant, "ada", "--as-of", str(first))
    assert (before.returncode, "no rows in user_activity as of" in before.stdout) == (1, True)

    words = platform.tideline.run("state", "get", "user_activity", tenant, "ada")
    assert words.returncode == 0, words.stderr
    assert "{'like': 2}" in words.stdout
    assert "2023-11-1" in words.stdout
    nobody = platform.tideline.run("state", "get", "user_activity", tenant, "nobody")
    assert (nobody.returncode, "no rows" in nobody.stdout) == (1, True)
    wrong = platform.tideline.run("state", "get", "users", tenant, "ada")
    assert (wrong.returncode, "no table is named" in wrong.stderr) == (2, True)
