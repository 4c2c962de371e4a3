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

_LOOK_EVERY_S: Final = 0.02
_FLUSH_S: Final = 30.0

Make = Callable[[], Decision]


class Recorder:
    """Encodes and sends decisions. `put` never waits: what the producer has no room for is counted.

    All of it is done by the event loop that it is entered in, fifty times a second: the records of what was answered
    meanwhile are made, and what the broker confirmed is looked for. A record that is made between two requests takes
    twice the time, for its code has left the processor's caches; a thread of its own took three times as long, and the
    interpreter from the next request, again and again. At the end of the block all that was put is confirmed, or half
    a minute over.
    """

    def __init__(
        self, producer: LogProducer, codec: Codec[Decision], metrics: Metrics, latest: Latest | None = None
    ) -> None:
        """Send by this producer, which is not shared: its delivery reports are counted here; keep the `latest`."""
        self._producer = producer
        self._codec = codec
        self._metrics = metrics
        self._latest = latest
        self._waiting: list[Make] = []

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._looking = self._loop.call_soon(self._look)
        return self

    async def __aexit__(self, *raised: object) -> None:
        self._looking.cancel()
        self._record_all()
        try:
            await asyncio.to_thread(self._producer.close, _FLUSH_S)
        except DeliveryError as error:
            _LOG.error("the last decisions may not be in the log: %s", error)

    def put(self, make: Make) -> None:
        """Record what `make` returns, which is called when the caller has returned to the event loop."""
        self._waiting.append(make)

    def get(self, tenant: str, request_id: str) -> Decision | None:
        """Return the tenant's decision, if it is one of the latest."""
        self._record_all()
        return None if self._latest is None else self._latest.get(tenant, request_id)

    def _record_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for make in waiting:
            self._record(make)

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
        """Record what was put meanwhile, and count what the broker has confirmed."""
        self._record_all()
        self._producer.poll(0)
        self._looking = self._loop.call_later(_LOOK_EVERY_S, self._look)
