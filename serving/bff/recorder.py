"""Recorder: decision records go into the log after the answer is on its way, and are counted where they cannot."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Self

from schemas.codec import Codec
from schemas.decision_records import Decision
from schemas.tenancy import TenantKey
from serving.bff.recorded import Latest
from serving.metrics import Metrics
from topics.catalog import DECISIONS
from topics.errors import DeliveryError
from topics.producer import LogProducer

_LOG = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.05
_FLUSH_S: Final = 30.0

Make = Callable[[], Decision]


class Recorder:
    """Encodes and sends decisions. `put` never waits: what the producer has no room for is counted.

    All of it is done by the event loop that it is entered in: a record is made in its next turn, when the answer has
    been handed to gRPC, and what the broker confirmed is looked for twenty times a second. A thread of its own took
    three times as long, and the interpreter from the next request, again and again. At the end of the block all that
    was sent is confirmed, or half a minute over.
    """

    def __init__(
        self, producer: LogProducer, codec: Codec[Decision], metrics: Metrics, latest: Latest | None = None
    ) -> None:
        """Send by this producer, which is not shared: its delivery reports are counted here; keep the `latest`."""
        self._producer = producer
        self._codec = codec
        self._metrics = metrics
        self._latest = latest

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._looking = self._loop.call_soon(self._look)
        return self

    async def __aexit__(self, *raised: object) -> None:
        self._looking.cancel()
        try:
            await asyncio.to_thread(self._producer.close, _FLUSH_S)
        except DeliveryError as error:
            _LOG.error("the last decisions may not be in the log: %s", error)

    def put(self, make: Make) -> None:
        """Record what `make` returns, which is called when the caller has returned to the event loop."""
        self._loop.call_soon(self._record, make)

    def _record(self, make: Make) -> None:
        try:
            self._send(make())
        except Exception:  # one decision that cannot be told must not silence the others
            self._metrics.decisions.note("failed")
            _LOG.exception("a decision could not be recorded")

    def _send(self, decision: Decision) -> None:
        if self._latest is not None:
            self._latest.put(decision)
        key = TenantKey(decision.tenant_id, decision.user_id).encode()
        value = self._codec.encode(decision)
        if not self._producer.try_send(DECISIONS.name, key, value, on_delivery=self._reported):
            self._metrics.decisions.note("dropped")

    def _reported(self, error: object, message: object) -> None:
        self._metrics.decisions.note("recorded" if error is None else "failed")

    def _look(self) -> None:
        """Count what the broker has confirmed meanwhile."""
        self._producer.poll(0)
        self._looking = self._loop.call_later(_LOOK_EVERY_S, self._look)
