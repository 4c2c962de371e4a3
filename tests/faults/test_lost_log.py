"""The log loses what a worker needs: it stops and says so; it never skips events and never takes half a table for all.

The tests share a stack, and each but the last leaves it whole: the changelog anew and the group's offsets at 0, all
rows are made anew.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from deploy.demo.errors import ChildEndedError
from tests.faults.conftest import Broken, ended, events, finish, send
from tests.integration.conftest import Platform, settled
from topics.catalog import BEHAVIOR, SOURCES
from topics.changelogs import USER_ACTIVITY
from topics.groups import Groups
from topics.offsets import Partition
from topics.topic import Topic

pytestmark = pytest.mark.faults


async def work(platform: Platform, tenant: str, folder: Path, seed: int) -> None:
    """Send some events, for all partitions, and let a worker do all that there is."""
    await send(platform, events(tenant, 1000, seed=seed))
    async with platform.tideline.start("worker", "worker", "--state-dir", str(folder)) as worker:
        await settled(platform, worker)


async def work_until_refused(platform: Platform, folder: Path) -> None:
    async with platform.tideline.start("refusing", "worker", "--state-dir", str(folder)) as worker:
        await ended(worker)


@contextmanager
def deletable(admin: AdminClient, topic: str) -> Iterator[None]:
    """Let records of the topic be deleted while the block runs: the broker refuses that for a compacted topic."""

    def clean_up_by(policy: str) -> None:
        entry = ConfigEntry("cleanup.policy", policy, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        admin.incremental_alter_configs([resource])[resource].result()

    resource = ConfigResource(ResourceType.TOPIC, topic)
    policy = admin.describe_configs([resource])[resource].result()["cleanup.policy"].value
    clean_up_by("delete")
    try:
        yield
    finally:
        clean_up_by(policy)


def cut(platform: Platform, place: Partition, offset: int) -> None:
    """Delete the records of a partition before the offset."""
    admin = AdminClient(platform.kafka.client_config())
    at = TopicPartition(*place, offset)
    with deletable(admin, place.topic):
        admin.delete_records([at])[at].result()


def make_anew(platform: Platform, topic: Topic) -> None:
    """Delete the topic and create it again."""
    admin = AdminClient(platform.kafka.client_config())
    admin.delete_topics([topic.name], operation_timeout=30)[topic.name].result()
    done = platform.tideline.run("topics", "apply")
    assert done.returncode == 0, done.stdout + done.stderr


def commit(platform: Platform, offsets: dict[Partition, int]) -> None:
    """Set the offsets of the group, which must have no member."""
    Groups(platform.kafka).commit("tideline", offsets)


def from_the_beginning(platform: Platform) -> dict[Partition, int]:
    return {place: 0 for topic in SOURCES for place in platform.offsets.partitions(topic.name)}


@pytest.mark.parametrize("emptied", [False, True], ids=["cut", "emptied"])
async def test_a_changelog_without_its_beginning(broken: Broken, tmp_path: Path, emptied: bool) -> None:
    platform, tenant = broken.platform, f"cut-{emptied}".lower()
    await work(platform, tenant, tmp_path / "first", seed=1)
    place = Partition(USER_ACTIVITY.name, 0)
    end = platform.offsets.end([place])[place]
    await asyncio.to_thread(cut, platform, place, end if emptied else end - 5)
    await send(platform, events(tenant, 400, seed=8))
    for _ in range(2):  # what the first refusal leaves behind must not satisfy the second
        with pytest.raises(ChildEndedError, match=f"{USER_ACTIVITY.name}/0 begins at"):
            await work_until_refused(platform, tmp_path / "second")
    await work(platform, tenant, tmp_path / "first", seed=2)  # whose store has all of it
    commit(platform, from_the_beginning(platform))
    with pytest.raises(ChildEndedError, match=f"{USER_ACTIVITY.name}/0 begins at"):
        await work_until_refused(platform, tmp_path / "third")  # nobody could restore from it later
    await asyncio.to_thread(make_anew, platform, USER_ACTIVITY)
    commit(platform, from_the_beginning(platform))
    await finish(platform, tenant, tmp_path / "third")
    await work(platform, tenant, tmp_path / "fourth", seed=3)


async def test_a_changelog_made_anew(broken: Broken, tmp_path: Path) -> None:
    platform = broken.platform
    await work(platform, "anew", tmp_path / "kept", seed=1)
    await asyncio.to_thread(make_anew, platform, USER_ACTIVITY)
    await send(platform, events("anew", 400, seed=8))
    for _ in range(2):
        with pytest.raises(ChildEndedError, match=f"{USER_ACTIVITY.name}/. was deleted and made anew"):
            await work_until_refused(platform, tmp_path / "kept")
    commit(platform, from_the_beginning(platform))
    await finish(platform, "anew", tmp_path / "kept")


async def test_source_offsets_below_the_start_of_the_log(broken: Broken, tmp_path: Path) -> None:
    """The last test of the module: it takes events away."""
    platform = broken.platform
    await work(platform, "trimmed", tmp_path / "worker", seed=1)
    place = Partition(BEHAVIOR.name, 0)
    done = platform.offsets.committed("tideline")[place]
    await send(platform, events("trimmed", 1500, seed=8))
    await asyncio.to_thread(cut, platform, place, done + 50)
    for _ in range(2):
        with pytest.raises(ChildEndedError, match=f"{BEHAVIOR.name}/0 begins at {done + 50}"):
            await work_until_refused(platform, tmp_path / "worker")
        assert platform.offsets.committed("tideline")[place] == done
    commit(platform, {place: done + 50})
    await work(platform, "trimmed", tmp_path / "worker", seed=2)
