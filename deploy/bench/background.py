"""Background: events that keep coming while something else is measured."""

from itertools import takewhile
from threading import Event as Flag
from typing import Final

from agents.behavior import user_key
from deploy.bench.rig import Rig
from deploy.bench.workload import Workload
from deploy.demo.child import Child
from deploy.load.sending import Sender, send_all
from schemas.codec import Codec
from schemas.records import BehaviorEvent
from topics.catalog import BEHAVIOR
from topics.producer import LogProducer

LONGEST_S: Final = 600.0
"""How long the load lasts at most."""


class Unchecked:
    """Sends behaviour events that are known to be valid, at a third of the cost: a load is to take little itself."""

    def __init__(self, producer: LogProducer, codec: Codec[BehaviorEvent]) -> None:
        self._producer: Final = producer
        self._codec: Final = codec

    def post(self, event: BehaviorEvent) -> None:
        """Send an event; wait where too many are on their way."""
        self._producer.send(BEHAVIOR.name, user_key(event), self._codec.encode(event))

    def flush(self) -> None:
        """Return when the broker has confirmed all of them; raise DeliveryError if it did not."""
        self._producer.flush()


def send_until(stop: Flag, sender: Sender, rate: float) -> None:
    """Send so many events of the workload a second, until `stop` is set or LONGEST_S are over.

    Raises:
        DeliveryError: the broker did not confirm some of them.
    """
    workload = Workload(round(rate * LONGEST_S))
    send_all(sender, takewhile(lambda _: not stop.is_set(), workload.events()), rate=rate)


def background(rig: Rig, rate: float) -> Child:
    """Return the load as a process of its own: on a thread it would take the interpreter from what is measured."""
    return Child("background load", ["bench", "load", "--rate", f"{rate:g}"], rig.environment, rig.folder / "load.log")
