"""Producers of events, for users of Tideline: what they confirm is in the log, what they refuse is not."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Event as Flag
from threading import Thread
from typing import Final, Self

from confluent_kafka import KafkaError, Message

from schemas.loading import Codecs, load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.validation import Event
from topics.headers import Origin
from topics.producer import LogProducer, delivery_error
from topics.routes import SUBJECTS, Parcel, pack
from topics.settings import KafkaSettings
from topics.telemetry import trace_headers

_POLL_S: Final = 0.1
_GATHER_S: Final = 0.002
"""Pause after reports were served, so that more of them come together: each turn of the thread that serves them takes
the interpreter from the one that sends."""


class EventProducer:
    """Sends events, each checked before and confirmed after. Threads may share it.

    Memory is bounded: `send` waits while 100,000 events or 64 MiB are on their way.
    """

    def __init__(self, kafka: KafkaSettings, codecs: Codecs) -> None:
        """Make the client. `codecs` must hold `topics.routes.SUBJECTS`; `connect` loads them."""
        self._codecs = codecs
        self._log = LogProducer(kafka)
        self._poller = _Poller(self._log)

    @classmethod
    def connect(cls, kafka: KafkaSettings, registry: RegistrySettings) -> Self:
        """Make a producer with the schemas that are registered.

        Raises UnregisteredSchemaError or RegistryUnavailableError, which say what to do.
        """
        return cls(kafka, _registered_codecs(registry))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def send(self, event: Event) -> Future[Origin]:
        """Send an event and return the promise of its position in the log, or of a DeliveryError.

        To ignore the promise is safe: `flush` and `close` raise if any event was not confirmed.

        Raises:
            InvalidFieldError: the event breaks a rule; the message names the field, and nothing was written.
        """
        return self.deliver(pack(event, self._codecs))

    def post(self, event: Event) -> None:
        """Send an event without a promise, at half the cost: `flush` and `close` raise if it was not confirmed.

        Raises:
            InvalidFieldError: the event breaks a rule; the message names the field, and nothing was written.
        """
        parcel = pack(event, self._codecs)
        self._log.send(parcel.topic, parcel.key, parcel.value, headers=trace_headers())

    def deliver(self, parcel: Parcel) -> Future[Origin]:
        """Send what `topics.routes.pack` has made: pack many first, to send all of them or none."""
        promise: Future[Origin] = Future()
        promise.set_running_or_notify_cancel()  # what is on its way cannot be cancelled
        self._log.send(
            parcel.topic,
            parcel.key,
            parcel.value,
            headers=trace_headers(),
            on_delivery=partial(self._on_delivery, promise),
        )
        return promise

    def flush(self) -> None:
        """Wait until the broker has confirmed all events; raise DeliveryError if one was not, since the last flush."""
        self._log.flush()

    def close(self) -> None:
        """Flush; send no more."""
        try:
            self.flush()
        finally:
            self._poller.stop()

    def _on_delivery(self, promise: Future[Origin], error: KafkaError | None, message: Message) -> None:
        if error is None:
            promise.set_result(_origin(message))
        else:
            failure = delivery_error(error, message)
            self._log.failures.add(failure)
            promise.set_exception(failure)


class AsyncEventProducer:
    """The same for asyncio, in the event loop that it is made in."""

    def __init__(self, kafka: KafkaSettings, codecs: Codecs) -> None:
        """Make the client. `codecs` must hold `topics.routes.SUBJECTS`; `connect` loads them."""
        self._codecs = codecs
        self._log = LogProducer(kafka)
        self._loop = asyncio.get_running_loop()
        self._reports: deque[tuple[asyncio.Future[Origin], KafkaError | None, Message]] = deque()
        self._room = asyncio.Event()
        self._poller = _Poller(self._log, self._settle_in_loop)

    @classmethod
    async def connect(cls, kafka: KafkaSettings, registry: RegistrySettings) -> Self:
        """Make a producer with the schemas that are registered; raise as `EventProducer.connect` does."""
        return cls(kafka, await asyncio.to_thread(_registered_codecs, registry))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()

    async def send(self, event: Event) -> Origin:
        """Return the event's position in the log once the broker has confirmed it.

        Waits first while 100,000 events or 64 MiB are on their way. Cancelling does not take the event back: it may
        be written all the same.

        Raises:
            InvalidFieldError: the event breaks a rule; the message names the field, and nothing was written.
            DeliveryError: the broker did not confirm it. Send it again with the same event id.
        """
        return await self.deliver(pack(event, self._codecs))

    async def deliver(self, parcel: Parcel) -> Origin:
        """Send what `topics.routes.pack` has made: pack many first, to send all of them or none."""
        promise: asyncio.Future[Origin] = self._loop.create_future()
        headers = trace_headers()
        report = partial(self._on_delivery, promise)
        while not self._log.try_send(parcel.topic, parcel.key, parcel.value, headers=headers, on_delivery=report):
            self._room.clear()
            await self._room.wait()
        return await promise

    async def close(self) -> None:
        """Wait until every event is confirmed or has failed, which its `send` raises; send no more."""
        await asyncio.to_thread(self._log.flush)
        await asyncio.to_thread(self._poller.stop)
        self._settle()

    def _on_delivery(self, promise: asyncio.Future[Origin], error: KafkaError | None, message: Message) -> None:
        self._reports.append((promise, error, message))

    def _settle_in_loop(self) -> None:
        # The loop is woken once for all reports that came together; once for each would cost more than sending.
        self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        while self._reports:
            promise, error, message = self._reports.popleft()
            if promise.done():  # its sender was cancelled
                continue
            if error is None:
                promise.set_result(_origin(message))
            else:
                promise.set_exception(delivery_error(error, message))
        self._room.set()


class _Poller:
    """A thread that serves a producer's reports: without one, nobody who waits for a promise would ever be told."""

    def __init__(self, log: LogProducer, after_reports: Callable[[], None] = lambda: None) -> None:
        self._stopped = Flag()
        self._thread = Thread(target=self._run, args=(log, after_reports), name="event-reports", daemon=True)
        self._thread.start()

    def _run(self, log: LogProducer, after_reports: Callable[[], None]) -> None:
        while not self._stopped.is_set():
            if log.poll(_POLL_S):
                after_reports()
                self._stopped.wait(_GATHER_S)

    def stop(self) -> None:
        """End the thread; what is reported from now on is served by whoever flushes."""
        self._stopped.set()
        self._thread.join()


def _origin(message: Message) -> Origin:
    return Origin(message.topic(), message.partition(), message.offset())


def _registered_codecs(settings: RegistrySettings) -> Codecs:
    with Registry(settings) as registry:
        return load_codecs(registry, SUBJECTS)
