"""A configuration that follows what a test writes, without Kafka."""

from confluent_kafka import Message
from prometheus_client import CollectorRegistry

from schemas.config_records import ConfigChange
from schemas.loading import local_codecs
from serving.configuration.following import ConfigFollowing
from serving.configuration.live import LiveConfig
from serving.metrics import Metrics
from tests.serving.configuration.histories import FILE, TENANT
from tests.topics.logbook import message, reader_over
from topics.catalog import CONFIG_CHANGES
from topics.configs import SUBJECTS, Configs, parcel
from topics.offsets import Partition
from topics.reader import Batch

CODECS = local_codecs(SUBJECTS)
AT = Partition(CONFIG_CHANGES.name, 0)


class Rig:
    """A configuration that follows what a test writes."""

    def __init__(self) -> None:
        self.records: dict[Partition, list[Message]] = {AT: []}
        self.reader = reader_over(self.records)
        self.metrics = Metrics(CollectorRegistry())
        self.live = LiveConfig(FILE)
        self.following = ConfigFollowing(self.live, self.reader, Configs(self.reader, CODECS), self.metrics, 0.01)

    def put(self, each: ConfigChange) -> Message:
        """Write a change, which nobody has read yet."""
        written = parcel(each, CODECS)
        return self.add(written.key, written.value)

    def add(self, key: bytes, value: bytes | None) -> Message:
        self.records[AT].append(message(AT, len(self.records[AT]), key, value))
        return self.records[AT][-1]

    def write(self, *changes: ConfigChange) -> None:
        """Write changes, and let them be read."""
        self.following.take(Batch(AT, [self.put(each) for each in changes], len(self.records[AT])))

    def candidates(self, scenario: str = "elsewhere", tenant: str = TENANT) -> int:
        return self.live.of(tenant, scenario).candidates

    def count(self, outcome: str) -> float:
        return self.metrics.configs.labels(outcome)._value.get()  # type: ignore[no-any-return]
