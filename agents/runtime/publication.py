"""Publication: one batch's records on their way into the log, until the broker has confirmed every one."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from agents.errors import PublicationError
from agents.runtime import metrics
from topics.producer import Headers, LogProducer

_POLL_S: Final = 0.005
"""How long one poll waits at most. Reports come to whichever runner polls, so that they may have come by then."""


class Confirmed(NamedTuple):
    """The rows of a batch in one changelog partition, as the broker has confirmed them."""

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
        self._reports: list[Any] = []
        """For each record that the broker has answered for: None, or what it says against it."""

        self._rows: list[tuple[str, int]] = []
        """Topic and offset of each row."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        *,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> None:
        """Hand a record to the producer; block while its queue is full."""
        self._producer.send(topic, key, value, headers=headers, partition=partition, on_delivery=self._on_delivery)
        self._sent += 1

    def send_rows(self, changelog: str, rows: Sequence[tuple[bytes, bytes]], partition: int) -> None:
        """Hand (key, row) records of one partition to the producer, no key twice; block while its queue is full."""
        self._producer.send_rows(changelog, rows, partition, self._on_row)
        self._sent += len(rows)

    def forward(self, topic: str, records: Iterable[tuple[bytes, bytes, Headers]]) -> None:
        """Hand (key, value, headers) records to the producer in their order; block while its queue is full."""
        self._sent += self._producer.send_all(topic, records, self._on_delivery)

    def _on_delivery(self, error: Any, message: Any) -> None:
        if error is not None:
            metrics.SEND_ERRORS.labels(message.topic()).inc()
        self._reports.append(error)

    def _on_row(self, error: Any, message: Any) -> None:
        self._rows.append((message.topic(), message.offset()))
        self._on_delivery(error, message)

    def confirm(self) -> dict[str, Confirmed]:
        """Wait until the broker has confirmed all; return where the rows are, by changelog.

        Raises PublicationError if the broker refused one, or if the partition was taken away meanwhile.
        """
        while len(self._reports) < self._sent:
            if self._withdrawn():
                raise PublicationError("the partition was taken away before the broker had confirmed the batch")
            self._producer.poll(_POLL_S)
        if failures := [error for error in self._reports if error is not None]:
            raise PublicationError(f"{len(failures)} of {self._sent} records not confirmed: {failures[0]}")
        records = Counter(topic for topic, _ in self._rows)
        ends = {topic: offset + 1 for topic, offset in sorted(self._rows)}
        return {topic: Confirmed(records[topic], end) for topic, end in ends.items()}
