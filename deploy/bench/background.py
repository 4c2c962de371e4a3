"""Background: events that keep coming while something else is measured."""

from itertools import takewhile
from threading import Event as Flag
from typing import Final

from deploy.bench.rig import Rig
from deploy.bench.workload import Workload
from deploy.demo.child import Child
from deploy.load.sending import send_all
from topics.events import EventProducer

LONGEST_S: Final = 600.0
"""How long the load lasts at most."""


def send_until(stop: Flag, producer: EventProducer, rate: float) -> None:
    """Send so many events of the workload a second, until `stop` is set or LONGEST_S are over.

    Raises:
        DeliveryError: the broker did not confirm some of them.
    """
    workload = Workload(round(rate * LONGEST_S))
    send_all(producer, takewhile(lambda _: not stop.is_set(), workload.events()), rate=rate)


def background(rig: Rig, rate: float) -> Child:
    """Return the load as a process of its own: on a thread it would take the interpreter from what is measured."""
    return Child("background load", ["bench", "load", "--rate", f"{rate:g}"], rig.environment, rig.folder / "load.log")
