"""A tenant's events in the log, as far as it goes now."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Final, Generic, Self, TypeVar

from schemas.errors import InvalidFieldError, NotFramedError, UndecodableError, UnknownSchemaError
from schemas.loading import Codecs, load_codecs
from schemas.records import BehaviorEvent, ItemChange
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from schemas.validation import check
from topics.catalog import BEHAVIOR, ITEM_CHANGE
from topics.offsets import Partition
from topics.reader import LogReader
from topics.settings import KafkaSettings
from topics.topic import Topic
from training.artifact.manifest import Manifest
from training.interactions import Interactions

E = TypeVar("E", BehaviorEvent, ItemChange)

_LIBRARIES: Final = ("implicit", "numpy", "safetensors", "scipy")
_BAD: Final = (InvalidFieldError, NotFramedError, UndecodableError, UnknownSchemaError)


@dataclass
class TenantEvents(Generic[E]):
    """Iterates over a tenant's valid events of a topic; knows afterwards how many were not valid."""

    reader: LogReader
    codecs: Codecs
    topic: Topic
    tenant: str
    refused: int = 0
    end: dict[Partition, int] = field(default_factory=dict)
    """The first offsets that are not read: those of the log's end when the reading began."""

    def __iter__(self) -> Iterator[E]:
        """Yield the events, those of a partition in their order; raise what `LogReader.read` raises.

        What agents refuse, too, is counted and left out: such a record is in the dead letters with its reason.
        """
        codec, prefix = self.codecs.of(self.topic), f"{check_tenant(self.tenant)}/".encode()
        partitions = self.reader.offsets.partitions(self.topic.name)
        start, self.end = self.reader.offsets.start(partitions), dict(self.reader.offsets.end(partitions))
        for batch in self.reader.read(start, self.end):
            for record in batch.records:
                if not (record.key() or b"").startswith(prefix):
                    continue
                try:
                    event: E = codec.decode(record.value() or b"")
                    check(event)
                except _BAD:
                    self.refused += 1
                else:
                    yield event

    @classmethod
    def connect(cls, topic: Topic, tenant: str) -> Self:
        """Return the events of the cluster that the settings name."""
        codecs = load_codecs(Registry(RegistrySettings()), {topic.subject: topic.record})
        return cls(LogReader(KafkaSettings()), codecs, topic, tenant)


@dataclass(frozen=True, slots=True)
class BehaviorLog:
    """A tenant's behaviour, and where the log ended when it was read."""

    tenant: str
    interactions: Interactions
    refused: int
    offsets: dict[str, int]
    schema_ids: dict[str, int]

    def manifest(self, number: str, now: datetime) -> Manifest:
        """Return what a model that is made of it says of itself."""
        return Manifest(
            name="",
            kind="",
            version=number,
            tenant=self.tenant,
            created_at=int(now.timestamp() * 1000),
            features=[],
            offsets=self.offsets,
            schema_ids=self.schema_ids,
            libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        )


def read_behavior(tenant: str, last: int | None = None) -> BehaviorLog:
    """Return the tenant's behaviour, or its `last` interactions, from the cluster of the settings; raise what reading
    raises."""
    events: TenantEvents[BehaviorEvent] = TenantEvents.connect(BEHAVIOR, tenant)
    interactions = Interactions.of(events, last)
    offsets = {f"{at.topic}/{at.number}": offset for at, offset in events.end.items()}
    schema_ids = {"behavior_event": events.codecs.of(BEHAVIOR).schema_id}
    return BehaviorLog(tenant, interactions, events.refused, offsets, schema_ids)


def read_catalogue(tenant: str) -> list[ItemChange]:
    """Return the changes of the tenant's items from the cluster of the settings; raise what reading raises."""
    return list(TenantEvents.connect(ITEM_CHANGE, tenant))


def item_tags(changes: Iterable[ItemChange]) -> dict[str, list[str]]:
    """Return each item's categories and tags as the changes leave them: the latest to name either decides on it."""
    ordered = sorted(changes, key=lambda change: (change.event_time, change.event_id))
    categories: dict[str, list[str]] = {}
    tags: dict[str, list[str]] = {}
    for change in ordered:
        for latest, words in ((categories, change.categories), (tags, change.tags)):
            if words is not None:
                latest[change.item_id] = words
    return {
        item: list(dict.fromkeys([*categories.get(item, []), *tags.get(item, [])])) for item in {*categories, *tags}
    }
