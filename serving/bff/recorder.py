"""Recorder: decision records go into the log after the answer is on its way, and are counted where they cannot."""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from schemas.codec import Codec
from schemas.decision_records import Decision
from schemas.tenancy import TenantKey
from serving.background import Background
from serving.bff.recorded import Latest
from serving.metrics import Metrics
from topics.catalog import DECISIONS
from topics.producer import LogProducer

_LOG = logging.getLogger(__name__)

_WAITING: Final = 2_000
"""Decisions that wait at most: 40 MB."""

_POLL_S: Final = 0.05

Make = Callable[[], Decision]


class Recorder(Background):
    """Encodes and sends decisions on a thread of its own. `put` never waits: what finds no room is counted.

    At the end of its block all that waits is sent, and the broker's confirmation waited for, half a minute at most.
    """

    def __init__(
        self, producer: LogProducer, codec: Codec[Decision], metrics: Metrics, latest: Latest | None = None
    ) -> None:
        """Send by this producer, which is not shared: its delivery reports are counted here; keep the `latest`."""
        super().__init__("decisions")
        self._producer = producer
        self._codec = codec
        self._metrics = metrics
        self._latest = latest
        self._waiting: SimpleQueue[Make] = SimpleQueue()  # a Queue of bounded size takes ten times as long

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
