"""Recorder: decision records go into the log after the answer is on its way, and are counted where they cannot."""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final, Self

from schemas.codec import Codec
from schemas.records import Decision
from schemas.tenancy import TenantKey
from serving.bff.recorded import Latest
from serving.metrics import Metrics
from topics.catalog import DECISIONS
from topics.producer import LogProducer

_LOG = logging.getLogger(__name__)

_WAITING: Final = 2_000
"""Decisions that wait at most: 40 MB."""

_POLL_S: Final = 0.05

Make = Callable[[], Decision]


class Recorder:
    """Encodes and sends decisions on a thread of its own. `put` never waits: what finds no room is counted."""

    def __init__(
        self, producer: LogProducer, codec: Codec[Decision], metrics: Metrics, latest: Latest | None = None
    ) -> None:
        """Send by this producer, which is not shared: its delivery reports are counted here; keep the `latest`."""
        self._producer = producer
        self._codec = codec
        self._metrics = metrics
        self._latest = latest
        self._waiting: SimpleQueue[Make] = SimpleQueue()  # a Queue of bounded size takes ten times as long
        self._stop = Event()
        self._thread: Final = Thread(target=self._run, name="decisions", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """Send what waits, and wait for the broker's confirmation, half a minute at most."""
        self._stop.set()
        self._thread.join()

    def put(self, make: Make) -> None:
        """Record what `make` returns, which is called later and on another thread."""
        if self._waiting.qsize() < _WAITING:
            self._waiting.put(make)
        else:
            self._metrics.decisions.labels("dropped").inc()

    def _run(self) -> None:
        while not (self._stop.is_set() and self._waiting.empty()):
            try:
                make = self._waiting.get(timeout=_POLL_S)
            except Empty:
                self._producer.poll(0)
                continue
            try:
                self._send(make())
            except Exception:  # one decision that cannot be told must not silence the others
                self._metrics.decisions.labels("failed").inc()
                _LOG.exception("a decision could not be recorded")
        self._producer.close(30.0)

    def _send(self, decision: Decision) -> None:
        if self._latest is not None:
            self._latest.put(decision)
        key = TenantKey(decision.tenant_id, decision.user_id).encode()
        value = self._codec.encode(decision)

        def reported(error: object, message: object) -> None:
            self._metrics.decisions.labels("recorded" if error is None else "failed").inc()

        if not self._producer.try_send(DECISIONS.name, key, value, on_delivery=reported):
            self._metrics.decisions.labels("dropped").inc()
        self._producer.poll(0)
