"""Background: events that keep coming while something else is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from threading import Event as Flag
from threading import Thread
from typing import Final

from deploy.bench.rig import Rig
from deploy.bench.workload import Workload
from deploy.load.sending import send_all
from topics.events import EventProducer

LONGEST_S: Final = 600.0
"""How long the load lasts at most."""


@contextmanager
def background(rig: Rig, rate: float) -> Iterator[None]:
    """Send so many events a second, on a thread of its own, until the block ends."""
    ended = Flag()
    failures: list[Exception] = []

    def send() -> None:
        workload = Workload(round(rate * LONGEST_S))
        try:
            with EventProducer(rig.kafka, rig.codecs) as producer:
                send_all(producer, takewhile(lambda _: not ended.is_set(), workload.events()), rate=rate)
        except Exception as error:
            failures.append(error)

    thread = Thread(target=send, name="background-load", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]
