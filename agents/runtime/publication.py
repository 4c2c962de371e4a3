"""Publication: one batch's records on their way into the log, until the broker has confirmed every one."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from agents.errors import PublicationError
from agents.runtime import metrics
from topics.producer import LogProducer


class Confirmed(NamedTuple):
    """One topic's records of a batch, as the broker has confirmed them. Of one partition, if all were sent there."""

    records: int
    """How many."""

    end: int
    """Offset after the last of them."""


class Publication:
    """Sends records and waits for exactly these, although other batches use the same producer at the same time.

    Reports come in on whichever thread polls the producer. They are only ever appended, which the interpreter does
    in one step; the sender's thread alone compares their number with what it has sent.
    """

    def __init__(self, producer: LogProducer, withdrawn: Callable[[], bool]) -> None:
        self._producer = producer
        self._withdrawn = withdrawn
        self._sent = 0
        self._reports: list[tuple[str, int]] = []
        self._failures: list[str] = []

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        *,
        partition: int | None = None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Hand a record to the producer; block while its queue is full."""
        self._producer.send(topic, key, value, headers=headers, partition=partition, on_delivery=self._on_delivery)
        self._sent += 1

    def _on_delivery(self, error: Any, message: Any) -> None:
        if error is not None:
            metrics.SEND_ERRORS.labels(message.topic()).inc()
            self._failures.append(f"{message.topic()}/{message.partition()}: {error}")
        self._reports.append((message.topic(), message.offset()))

    def confirm(self) -> dict[str, Confirmed]:
        """Wait until the broker has confirmed all; return what, by topic.

        Raises PublicationError if the broker refused one, or if the partition was taken away meanwhile.
        """
        while len(self._reports) < self._sent:
            if self._withdrawn():
                raise PublicationError("the partition was taken away before the broker had confirmed the batch")
            self._producer.poll(0.05)
        if self._failures:
            raise PublicationError(f"{len(self._failures)} of {self._sent} records not confirmed: {self._failures[0]}")
        offsets: defaultdict[str, list[int]] = defaultdict(list)
        for topic, offset in self._reports:
            offsets[topic].append(offset)
        return {topic: Confirmed(len(found), max(found) + 1) for topic, found in offsets.items()}
