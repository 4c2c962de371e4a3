"""Questions about the log: which partitions a topic has, where they begin and end, how far a group is."""

from collections.abc import Iterable
from concurrent.futures import wait
from typing import Any, Final, NamedTuple

from confluent_kafka import OFFSET_INVALID, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from topics.broker import REQUEST_TIMEOUT_S, broker_errors, group_client
from topics.errors import BrokerUnavailableError
from topics.settings import KafkaSettings

_MOVED: Final = frozenset(
    {KafkaError.FENCED_LEADER_EPOCH, KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.UNKNOWN_LEADER_EPOCH}
)
"""What a broker answers to a client that remembers another leader, or another term of it."""


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int


class Lag(NamedTuple):
    """How far a consumer group is in one partition."""

    committed: int
    """Next offset the group will read; where it starts if it never committed."""

    end: int
    """Next offset the log will give."""

    @property
    def records(self) -> int:
        """Offsets still to read; at least the number of records, since compaction and markers leave gaps."""
        return max(0, self.end - self.committed)


class LogOffsets:
    """Answers from the broker, none of them kept. Threads may share it.

    Every method raises MissingTopicError, BrokerUnavailableError or BrokerRefusedError.
    """

    def __init__(self, settings: KafkaSettings, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        """Make the client; `timeout_s` is how long one question may take."""
        self._settings = settings
        self._timeout_s = timeout_s
        # Kept for as long as futures of it are pending: one that is collected fails them, or never completes them.
        self._admin = AdminClient(settings.client_config())

    def topic_id(self, topic: str) -> str:
        """Return the broker's id of the topic; one made anew under the same name has another."""
        return str(self._described(topic).topic_id)

    def partitions(self, topic: str) -> list[Partition]:
        """Return the topic's partitions in order."""
        return [Partition(topic, number) for number in range(len(self._described(topic).partitions))]

    def start(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the first offset that the log still holds of each partition."""
        return self._list(partitions, OffsetSpec.earliest())

    def end(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the next offset that the log will give in each partition."""
        return self._list(partitions, OffsetSpec.latest())

    def since(self, partitions: Iterable[Partition], moment: int) -> dict[Partition, int]:
        """Return the first offset of each partition whose timestamp is at or after the moment; the end if none is.

        Args:
            partitions: which.
            moment: milliseconds since 1970, by the clock that the topic's timestamps are of: the broker's for event
                topics (`Topic.log_append_time`), the producer's otherwise.
        """
        partitions = list(partitions)
        ends = self.end(partitions)  # asked first: what is written meanwhile then counts as later, never as earlier
        found = self._list(partitions, OffsetSpec.for_timestamp(moment))
        return {at: found[at] if found[at] >= 0 else ends[at] for at in partitions}

    def committed(self, group: str) -> dict[Partition, int]:
        """Return the offsets that the group committed; empty for a group that nobody knows."""
        with broker_errors(f"read the offsets of group {group}"), group_client(self._settings, group) as client:
            topics = client.list_topics(timeout=self._timeout_s).topics.values()
            places = [TopicPartition(topic.topic, number) for topic in topics for number in topic.partitions]
            answer = client.committed(places, timeout=self._timeout_s)
            for at in answer:
                if at.error is not None:  # taken for "never committed", it would have the group begin again
                    raise KafkaException(at.error)
        return {Partition(at.topic, at.partition): at.offset for at in answer if at.offset >= 0}

    def lag(self, group: str, topics: Iterable[str]) -> dict[Partition, Lag]:
        """Return how far the group is in every partition of the topics."""
        partitions = [partition for topic in topics for partition in self.partitions(topic)]
        committed = self.committed(group)
        starts = self.start(partition for partition in partitions if partition not in committed)
        ends = self.end(partitions)
        return {at: Lag(committed[at] if at in committed else starts[at], ends[at]) for at in partitions}

    def _described(self, topic: str) -> Any:
        admin = self._admin  # held until the answer is there, whatever another thread puts in its place meanwhile
        with broker_errors(f"describe topic {topic}"):
            futures = admin.describe_topics(TopicCollection([topic]), request_timeout=self._timeout_s)
            return futures[topic].result()

    def _list(self, partitions: Iterable[Partition], spec: OffsetSpec) -> dict[Partition, int]:
        asked = {partition: TopicPartition(*partition) for partition in partitions}
        if not asked:
            return {}
        admin = self._admin  # as above
        with broker_errors("list offsets"):
            futures = admin.list_offsets(dict.fromkeys(asked.values(), spec), request_timeout=self._timeout_s)
            wait(futures.values())  # for all at once: one after the other wakes this thread for each
            try:
                found = {partition: int(futures[at].result().offset) for partition, at in asked.items()}
            except KafkaException as error:
                if error.args[0].code() in _MOVED:
                    # The client would ask the leader that it remembers for minutes more: a broker that was cut off
                    # for a while, and is back, would be unknown here for as long.
                    self._admin = AdminClient(self._settings.client_config())
                raise
        for partition, offset in found.items():
            if offset == OFFSET_INVALID:  # an answer that did not come in time, and no error goes with it
                raise BrokerUnavailableError(f"{partition.topic}/{partition.number}: no answer with an offset of it")
        return found
