"""Publication: one batch's records on their way into the log, until the broker has confirmed every one."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from threading import Lock
from typing import Any, Final, NamedTuple

from agents.errors import PublicationError
from agents.runtime import metrics
from topics.errors import DeliveryError
from topics.partitioning import partition_of
from topics.producer import Headers
from topics.runs import RunProducer

_WITHDRAWN_S: Final = 0.1
"""Seconds between two looks at whether the partition was taken away."""


class Confirmed(NamedTuple):
    """The rows of a batch in one changelog partition, as the broker has confirmed them."""

    records: int
    """How many."""

    end: int
    """Offset after the last of them."""


class Publication:
    """Sends records and waits for exactly these, although other batches use the same producer at the same time."""

    def __init__(self, producer: RunProducer, withdrawn: Callable[[], bool]) -> None:
        self._producer = producer
        self._withdrawn = withdrawn
        self._runs: list[tuple[str, int, Future[int]]] = []
        """Topic, number of records and the last one's offset to be, of each run."""

    def send_rows(self, topic: str, partition: int, rows: Sequence[tuple[bytes | None, bytes]]) -> None:
        """Hand (key, value) records to the producer, no key twice; block while its queue is full."""
        if rows:
            self._runs.append((topic, len(rows), self._producer.send_rows(topic, partition, rows)))

    def forward(self, topic: str, partitions: int, records: Iterable[tuple[bytes, bytes, Headers]]) -> None:
        """Hand (key, value, headers) records to the producer, each to its key's partition and there in their order."""
        runs: defaultdict[int, list[tuple[bytes, bytes, Headers]]] = defaultdict(list)
        for record in records:
            runs[partition_of(record[0], partitions)].append(record)
        for partition, run in runs.items():
            self._runs.append((topic, len(run), self._producer.send_run(topic, partition, run)))

    def confirm(self) -> dict[str, Confirmed]:
        """Wait until the broker has confirmed all; return the last run of each topic; blocking.

        Raises PublicationError if the broker refused one, or if the partition was taken away meanwhile.
        """
        pending = {last for _, _, last in self._runs}
        while pending:
            self._check_owner()
            pending = wait(pending, _WITHDRAWN_S).not_done
        return self._confirmed()

    async def confirmed(self) -> dict[str, Confirmed]:
        """Wait as `confirm` does, without a thread.

        The event loop is woken once, not for each run: it takes the interpreter from who computes every time.
        """
        pending = {asyncio.wrap_future(_all_done([last for _, _, last in self._runs]))}
        while pending:
            self._check_owner()
            _, pending = await asyncio.wait(pending, timeout=_WITHDRAWN_S)
        return self._confirmed()

    def _check_owner(self) -> None:
        if self._withdrawn():
            raise PublicationError("the partition was taken away before the broker had confirmed the batch")

    def _confirmed(self) -> dict[str, Confirmed]:
        places: dict[str, Confirmed] = {}
        for topic, records, last in self._runs:
            try:
                places[topic] = Confirmed(records, last.result() + 1)
            except DeliveryError as error:
                metrics.SEND_ERRORS.labels(topic).inc(records)
                raise PublicationError(f"{records} records are not confirmed: {error}") from error
        return places


def _all_done(futures: Sequence[Future[Any]]) -> Future[None]:
    """Return what is done when all of these are, whatever became of them."""
    done: Future[None] = Future()
    left, lock = len(futures), Lock()
    if not futures:
        done.set_result(None)

    def one_is(_: Future[Any]) -> None:
        nonlocal left
        with lock:
            left -= 1
            last = not left
        if last:
            done.set_result(None)

    for future in futures:
        future.add_done_callback(one_is)
    return done
