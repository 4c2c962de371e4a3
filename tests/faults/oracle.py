"""The oracle: the same log folded in one process, in memory, in one batch a partition; and what the tables hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord
from confluent_kafka import Message

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.catalogue import CATALOGUE_AGENT
from agents.folds.digest import digest
from agents.profiles import PROFILES_AGENT
from agents.runtime.agent import Agent
from agents.runtime.intake import Limits, take_in
from agents.runtime.work import Emission, Work
from agents.settings import WorkerSettings
from agents.tables import TABLES, Table
from tests.integration.conftest import Platform
from topics.budget import StoreBudget
from topics.catalog import ACCEPTED, BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.headers import ORIGIN
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.replica import Replica
from topics.topic import Topic

Contents = dict[tuple[str, bytes], int]
"""The digest of each row, by table and key."""


def oracle(platform: Platform, tenant: str, until: Mapping[Partition, int] | None = None) -> Contents:
    """Return what the tables must hold of a tenant, by the logs of its events alone: all, or those before `until`."""
    log = Log(platform, tenant, until)
    rows, emissions = fold(platform, BEHAVIOR_AGENT, log.of(BEHAVIOR))
    partitions = len(platform.offsets.partitions(ACCEPTED.name))
    accepted = [as_forwarded(emission, number, partitions) for number, emission in enumerate(emissions)]
    of_items, _ = fold(platform, AUDIENCE_AGENT, accepted)
    catalogue, _ = fold(platform, CATALOGUE_AGENT, log.of(ITEM_CHANGE))
    profiles, _ = fold(platform, PROFILES_AGENT, log.of(USER_CHANGE))
    return rows | of_items | catalogue | profiles


@dataclass(frozen=True)
class Log:
    """A tenant's events, up to the offset of each partition that `until` gives, if it does."""

    platform: Platform
    tenant: str
    until: Mapping[Partition, int] | None

    def of(self, topic: Topic) -> list[ConsumerRecord]:
        fetched = [as_fetched(each) for each in self.platform.records(topic) if is_of(self.tenant, each.key())]
        if self.until is None:
            return fetched
        return [each for each in fetched if each.offset < self.until[Partition(each.topic, each.partition)]]


def fold(platform: Platform, agent: Agent[Any], fetched: list[ConsumerRecord]) -> tuple[Contents, list[Emission]]:
    """Run an agent's own fold over the records; return the digests of the rows, and what it sends on."""
    settings = WorkerSettings()
    partitions = defaultdict(list)
    for record in fetched:
        partitions[record.partition].append(record)
    limits = Limits(settings.max_event_bytes, settings.ahead_ms, len(platform.offsets.partitions(agent.source.name)))
    contents: Contents = {}
    emissions: list[Emission] = []
    for records in partitions.values():
        intake = take_in(agent, platform.codecs.of(agent.source), records, limits)
        work = Work(lambda table, key: table.empty, intake.payloads)
        agent.fold(intake.events, work)
        contents |= {(table.name, key): digest(key, row) for table, key, row in work.changes()}
        emissions += work.emissions
    return contents, emissions


def as_fetched(record: Message) -> ConsumerRecord:
    """Return a record of the log as the worker's consumer would."""
    _, timestamp = record.timestamp()
    place = (record.topic(), record.partition(), record.offset(), timestamp, 0)
    return ConsumerRecord(*place, record.key(), record.value(), None, 0, 0, record.headers() or [])


def as_forwarded(emission: Emission, offset: int, partitions: int) -> ConsumerRecord:
    """Return what the next agent would fetch of an emission."""
    place = (emission.topic.name, partition_of(emission.key, partitions), offset, 0, 0)
    return ConsumerRecord(*place, emission.key, emission.value, None, 0, 0, [(ORIGIN, emission.origin.encode())])


def is_of(tenant: str, key: bytes | None) -> bool:
    return key is not None and key.startswith(f"{tenant}/".encode())


def changelogs(platform: Platform, tenant: str) -> Contents:
    """Return what a reader of nothing but the changelogs finds; the last record of a key is its row."""
    contents: Contents = {}
    for table in TABLES:
        latest = {record.key() or b"": record.value() or b"" for record in platform.records(table.changelog)}
        contents |= digests(platform, table, latest.items(), tenant)
    return contents


def store(platform: Platform, folder: Path, tenant: str) -> Contents:
    """Return what a stopped worker's store holds. Every partition must have been that worker's in the end."""
    contents: Contents = {}
    for table in TABLES:
        for partition in platform.offsets.partitions(table.changelog.name):
            with Replica.open(folder / table.name / str(partition.number), StoreBudget()) as replica:
                contents |= digests(platform, table, replica.items(), tenant)
    return contents


def digests(platform: Platform, table: Table[Any], rows: Iterable[tuple[bytes, bytes]], tenant: str) -> Contents:
    codec = platform.codecs.of(table.changelog)
    return {(table.name, key): digest(key, codec.decode(value)) for key, value in rows if is_of(tenant, key)}
