"""Source: what users do, shared out over a consumer group."""

import logging
from typing import Final, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from topics.broker import REQUEST_TIMEOUT_S, broker_errors, error_for
from topics.catalog import BEHAVIOR
from topics.settings import KafkaSettings

_LOG = logging.getLogger(__name__)

_BATCH: Final = 500
_POLL_S: Final = 0.1

_LOST: Final = frozenset(
    {KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS, KafkaError._STATE}
)
"""What a commit meets when the partitions are being shared out anew: whoever has them next does the rest again."""


class Record(NamedTuple):
    """A record of `behavior.event.v1`."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Taken(NamedTuple):
    """What came."""

    records: list[Record]
    lost: list[int]
    """Partitions that are others' from now on; to be taken in before the records."""


class GroupSource:
    """Reads as a member of the group while it is open. A group that never committed begins at the end of the log: a
    list for what users did long ago helps nobody."""

    def __init__(self, settings: KafkaSettings, group: str) -> None:
        """Join the group."""
        self._lost: list[int] = []
        self._consumer = Consumer(
            {
                **settings.client_config(),
                "group.id": group,
                "auto.offset.reset": "latest",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "partition.assignment.strategy": "cooperative-sticky",
            }
        )
        self._consumer.subscribe(
            [BEHAVIOR.name], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )

    def take(self) -> Taken:
        """Return the next records, waiting a moment for some; raise BrokerRefusedError if the topic cannot be read."""
        records = []
        for message in self._consumer.consume(_BATCH, _POLL_S):
            error = message.error()
            if error is None:
                records.append(Record(message.partition() or 0, message.offset() or 0, message.key(), message.value()))
            elif error.fatal() or error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise error_for(error, f"read {BEHAVIOR.name}")
            else:  # the broker is away, or the topic is not there yet; the client goes on trying
                _LOG.warning("reading %s: %s; trying again", BEHAVIOR.name, error.str())
        lost, self._lost = self._lost, []
        return Taken([record for record in records if record.partition not in lost], lost)

    def commit(self, done: dict[int, int]) -> None:
        """Let a restart go on there; raise BrokerUnavailableError or BrokerRefusedError if that cannot be noted."""
        places = [TopicPartition(BEHAVIOR.name, partition, offset) for partition, offset in done.items()]
        with broker_errors("commit what was refreshed"):
            try:
                self._consumer.commit(offsets=places, asynchronous=False)
            except KafkaException as error:
                if error.args[0].code() not in _LOST:
                    raise
                _LOG.info("partitions are being shared out anew: %s", error)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Commit where the group begins: what comes while nobody runs would else be passed over by the next one."""
        try:
            new = [at for at in consumer.committed(partitions, timeout=REQUEST_TIMEOUT_S) if at.offset < 0]
            for at in new:
                at.offset = consumer.get_watermark_offsets(at, timeout=REQUEST_TIMEOUT_S)[1]
            if new:
                consumer.commit(offsets=new, asynchronous=False)
        except KafkaException as error:
            _LOG.warning("where the group begins cannot be noted now: %s", error)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._lost += [at.partition for at in partitions]
