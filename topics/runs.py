"""RunProducer: runs of records into one partition each, confirmed by the last record of the run."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Event, Thread
from typing import Any, Final, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from topics.errors import DeliveryError
from topics.producer import CONFIG, Headers, delivery_error, not_sent
from topics.settings import KafkaSettings

_LOG = logging.getLogger(__name__)

_CLIENT_LOG: Final = logging.getLogger("topics.kafka.runs")
# Each start would warn that the setting is experimental. It is; a test on the broker holds it to what is said of it.
_CLIENT_LOG.addFilter(lambda line: "enable.gapless.guarantee is" not in line.getMessage())

_LINGER_MS: Final = 1
"""A run is handed over at once, so there is little to wait for; and whoever sent it waits as long."""

_COMPRESSION: Final = "lz4"
"""Rows are written far more often than events: with zstd, whoever writes, keeps and follows them spends a tenth of the
time on it, and the median from event to view is 97 ms instead of 76. It takes more of a disk that compaction frees."""

_POLL_S: Final = 0.1
_FULL_QUEUE_S: Final = 0.005


class RunProducer:
    """Writes runs of records, each to one partition and confirmed as a whole. Threads may share it.

    A report for every record costs as much as sending it. None is needed: the client is told to leave no gap in a
    partition, so a record that the broker takes says that it took all before it. One that it refuses is fatal: nothing
    that comes later is sent, and the process has to be started again.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        """Make the client, which waits for an absent broker for ever: a record given up would be the gap."""
        self._client = Producer(
            {
                **settings.client_config(),
                **CONFIG,
                "linger.ms": _LINGER_MS,
                "compression.type": _COMPRESSION,
                "logger": _CLIENT_LOG,
                "delivery.timeout.ms": 0,
                "enable.gapless.guarantee": True,
            }
        )
        self._closed = Event()
        self._reports = Thread(target=self._report, name="reports", daemon=True)
        self._reports.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def send_rows(self, topic: str, partition: int, rows: Sequence[tuple[bytes | None, bytes]]) -> Future[int]:
        """Send (key, value) records, at least one and no key twice; wait while the queue is full.

        Returns:
            The offset of the last one, when the broker has all of them; DeliveryError if it has not and never will.

        Raises:
            DeliveryError: the client refuses a record, for instance since it is larger than 16 MiB.
        """
        *before, (key, value) = rows
        left: list[dict[str, Any]] = [{"key": key, "value": value} for key, value in before]
        while left and self._client.produce_batch(topic, left, partition=partition) < len(left):
            left = [record for record in left if "_error" in record]
            for record in left:
                if (error := record.pop("_error")).code() != KafkaError._QUEUE_FULL:
                    raise not_sent(topic, record["key"], error)
            self._closed.wait(_FULL_QUEUE_S)
        return self._send_last(topic, partition, key, value, None)

    def send_run(self, topic: str, partition: int, records: Sequence[tuple[bytes, bytes, Headers]]) -> Future[int]:
        """Send (key, value, headers) records in their order, as `send_rows` does at a third of the cost."""
        *before, (key, value, headers) = records
        for each in before:
            self._send(topic, partition, *each, None)
        return self._send_last(topic, partition, key, value, headers)

    def close(self, timeout_s: float | None = None) -> None:
        """Wait until the broker has confirmed all, by default for ever; use the producer no more.

        Raises DeliveryError if records are still on their way when time is up.
        """
        left = self._client.flush(-1 if timeout_s is None else timeout_s)
        self._closed.set()
        self._reports.join()
        if left:
            raise DeliveryError(f"{left} records are not confirmed; they are still on their way")

    def _send_last(
        self, topic: str, partition: int, key: bytes | None, value: bytes, headers: Headers | None
    ) -> Future[int]:
        confirmed: Future[int] = Future()
        self._send(topic, partition, key, value, headers, partial(_settle, confirmed))
        return confirmed

    def _send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes,
        headers: Headers | None,
        on_delivery: Callable[[KafkaError | None, Message], None] | None,
    ) -> None:
        while True:
            try:
                self._client.produce(topic, value, key, partition, on_delivery, headers=headers)
            except BufferError:
                self._closed.wait(_FULL_QUEUE_S)
            except KafkaException as error:
                raise not_sent(topic, key, error.args[0]) from error
            else:
                return

    def _report(self) -> None:
        while not self._closed.is_set():
            try:
                self._client.poll(_POLL_S)
            except KafkaException as error:  # fatal: what fails by it is told next, to whoever sent it
                _LOG.error("nothing more can be sent: %s", error.args[0].str())


def _settle(confirmed: Future[int], error: KafkaError | None, message: Message) -> None:
    if error is None:
        confirmed.set_result(message.offset())
    else:
        confirmed.set_exception(delivery_error(error, message))
