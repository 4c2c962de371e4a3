"""LogProducer: records into the log, each confirmed by the broker or known not to be."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from topics.errors import DeliveryError
from topics.partitioning import PARTITIONER
from topics.settings import KafkaSettings
from topics.topic import MAX_LARGE_BYTES

OnDelivery = Callable[[KafkaError | None, Message], None]
"""Told once of each record: None and the record with its offset, or why it is not known to be in the log."""

Headers = Sequence[tuple[str, bytes | None]]

DELIVERY_TIMEOUT_S: Final = 120.0
"""A broker that is away for a minute must not fail what it is about to take."""

LINGER_MS: Final = 5

_ANY_PARTITION: Final = -1
_FULL_QUEUE_S: Final = 0.05

CONFIG: Final = {
    "enable.idempotence": True,  # a retry inside the client neither doubles nor reorders; implies acks=all
    "partitioner": PARTITIONER,
    "compression.type": "zstd",
    "topic.metadata.propagation.max.ms": 10_000,  # how long a topic may be unknown before its records fail
    "queue.buffering.max.messages": 100_000,
    "queue.buffering.max.kbytes": 64 << 10,
    # Only dead letters are that large; a batch of several records still ends at 1 MB, which every topic takes.
    "message.max.bytes": MAX_LARGE_BYTES,
}


def delivery_error(error: KafkaError, message: Message) -> DeliveryError:
    """Return what a report says, as an error of ours."""
    return DeliveryError(f"not confirmed: {message.topic()}, key {message.key()!r}: {error.str()}")


def not_sent(topic: str, key: bytes | None, error: KafkaError) -> DeliveryError:
    """Return why the client refuses a record, as an error of ours."""
    return DeliveryError(f"{topic}, key {key!r}, is not sent: {error.str()}")


class Failures:
    """The records that failed since that was last asked. Threads may share it."""

    def __init__(self) -> None:
        self._errors: deque[DeliveryError] = deque()

    def add(self, error: DeliveryError) -> None:
        """Remember one failure."""
        self._errors.append(error)

    def settle(self, *, pending: bool = False) -> None:
        """Forget the failures; raise DeliveryError if there were any, or if records are `pending` still."""
        errors = [self._errors.popleft() for _ in range(len(self._errors))]
        if errors:
            raise DeliveryError(f"{len(errors)} records failed, the first: {errors[0]}")
        if pending:
            raise DeliveryError("not confirmed in time: records are still on their way")


class LogProducer:
    """Writes to any topic, idempotently, with `acks=all`. Threads may share it; memory is bounded by its queue."""

    def __init__(
        self, settings: KafkaSettings, *, delivery_timeout_s: float = DELIVERY_TIMEOUT_S, linger_ms: int = LINGER_MS
    ) -> None:
        """Make the client.

        Args:
            settings: of the cluster.
            delivery_timeout_s: after how long a record fails. One that fails may be followed in the log by one that
                was sent after it; whoever needs the order takes a `topics.runs.RunProducer`.
            linger_ms: how long a record may wait for others to travel with. Each journey costs both sides the same,
                however many records it takes.
        """
        self.failures: Final = Failures()
        self._client = Producer(
            {
                **settings.client_config(),
                **CONFIG,
                "linger.ms": linger_ms,
                "delivery.timeout.ms": round(delivery_timeout_s * 1000),
                "on_delivery": self._on_delivery,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers | None = None,
        partition: int | None = None,
        on_delivery: OnDelivery | None = None,
    ) -> None:
        """Put a record into the queue; where that is full, wait until the broker has confirmed some.

        Args:
            topic: the topic's name.
            key: the record's key, which chooses the partition unless `partition` is given.
            value: the record's bytes; None deletes a row of a compacted topic.
            headers: Kafka headers.
            partition: where to put it.
            on_delivery: told of the record's fate, in whichever thread polls. Without it `flush` raises what fails.

        Raises:
            DeliveryError: the client refuses the record, for instance since it is larger than 16 MiB.
        """
        while not self.try_send(topic, key, value, headers=headers, partition=partition, on_delivery=on_delivery):
            self.poll(_FULL_QUEUE_S)

    def try_send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Headers | None = None,
        partition: int | None = None,
        on_delivery: OnDelivery | None = None,
    ) -> bool:
        """Do as `send` does, but return False at once where the queue is full."""
        try:
            self._client.produce(
                topic,
                key=key,
                value=value,
                headers=None if headers is None else list(headers),
                partition=_ANY_PARTITION if partition is None else partition,
                on_delivery=on_delivery,
            )
        except BufferError:
            return False
        except KafkaException as error:
            raise not_sent(topic, key, error.args[0]) from error
        return True

    def poll(self, timeout_s: float) -> int:
        """Wait until something is confirmed, `timeout_s` at most; tell of it and return how many records that were."""
        return int(self._client.poll(timeout_s))

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until the broker has confirmed all records.

        Args:
            timeout_s: how long to wait; by default until the last record is confirmed or has failed.

        Raises:
            DeliveryError: a record without `on_delivery` was not confirmed since the last flush, or time is up.
        """
        left = self._client.flush(-1 if timeout_s is None else timeout_s)
        self.failures.settle(pending=left > 0)

    def close(self, timeout_s: float | None = None) -> None:
        """Flush; use the producer no more."""
        self.flush(timeout_s)

    def _on_delivery(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failures.add(delivery_error(error, message))
