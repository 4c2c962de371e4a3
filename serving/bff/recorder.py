"""Recorder: decision records go into the log after the answer is on its way, and are counted where they cannot."""

import asyncio
import logging
from collections.abc import Callable
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

_POLL_S: Final = 0.05
_FLUSH_S: Final = 30.0

Make = Callable[[], Decision]


class Recorder(Background):
    """Encodes and sends decisions. `put` never waits: what the producer has no room for is counted.

    A record is made by the event loop, in its next turn: the answer has been handed to gRPC by then. On a thread of
    its own it took three times as long and the interpreter from the next request, again and again. What is on a thread
    is the wait for the broker. At the end of the block all that was sent is confirmed, or half a minute over.
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

    def put(self, make: Make) -> None:
        """Record what `make` returns, which is called when the caller has returned to the event loop."""
        asyncio.get_running_loop().call_soon(self._record, make)

    def _record(self, make: Make) -> None:
        try:
            self._send(make())
        except Exception:  # one decision that cannot be told must not silence the others
            self._metrics.decision_count("failed").inc()
            _LOG.exception("a decision could not be recorded")

    def _send(self, decision: Decision) -> None:
        if self._latest is not None:
            self._latest.put(decision)
        key = TenantKey(decision.tenant_id, decision.user_id).encode()
        value = self._codec.encode(decision)
        if not self._producer.try_send(DECISIONS.name, key, value, on_delivery=self._reported):
            self._metrics.decision_count("dropped").inc()

    def _reported(self, error: object, message: object) -> None:
        self._metrics.decision_count("recorded" if error is None else "failed").inc()

    def _run(self) -> None:
        while not self._stop.wait(_POLL_S):
            self._producer.poll(0)
        self._producer.close(_FLUSH_S)
