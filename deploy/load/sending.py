"""Send many events at full speed or at a chosen rate."""

import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from schemas.validation import Event
from topics.events import EventProducer

_BATCHES_A_SECOND: Final = 20
_BATCH: Final = 1000


def send_all(
    producer: EventProducer,
    events: Iterable[Event],
    *,
    rate: float | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Send the events in their order and return when the broker has confirmed all of them.

    Args:
        producer: where to.
        events: what to send.
        rate: events a second at most, above 0; None for as fast as the broker takes them.
        advance: told how many more were sent, some times a second.

    Raises:
        DeliveryError: the broker did not confirm some of them.
        InvalidFieldError: an event is not valid; those before it may be in the log.
    """
    size = _BATCH if rate is None else max(1, min(_BATCH, round(rate / _BATCHES_A_SECOND)))
    start = time.monotonic()
    sent = 0
    source = iter(events)
    while batch := list(islice(source, size)):
        for event in batch:
            producer.post(event)
        sent += len(batch)
        advance(len(batch))
        if rate is not None:
            time.sleep(max(0.0, start + sent / rate - time.monotonic()))
    producer.flush()
