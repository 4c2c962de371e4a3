"""The load beside a measurement: it goes on until it is told to stop, and then leaves nothing unconfirmed."""

from threading import Event as Flag
from typing import Any
from unittest.mock import create_autospec

from deploy.bench.background import send_until
from deploy.bench.workload import TENANT
from topics.events import EventProducer


def test_it_sends_until_it_is_told_to_stop_and_waits_for_what_it_sent() -> None:
    stop = Flag()
    sent: list[Any] = []

    def post(event: Any) -> None:
        sent.append(event)
        if len(sent) == 70:
            stop.set()

    producer = create_autospec(EventProducer, instance=True)
    producer.post.side_effect = post
    send_until(stop, producer, rate=1000)
    assert 70 <= len(sent) <= 70 + 50  # what was in hand is finished: a twentieth of a second
    assert {event.tenant_id for event in sent} == {TENANT}
    producer.flush.assert_called_once()
