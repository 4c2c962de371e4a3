"""The load beside a measurement: it goes on until it is told to stop, and then leaves nothing unconfirmed."""

from threading import Event as Flag
from typing import Any
from unittest.mock import create_autospec

from deploy.bench.background import Unchecked, send_until
from deploy.bench.workload import TENANT, Workload
from schemas.loading import local_codecs
from schemas.validation import check
from topics.catalog import BEHAVIOR
from topics.producer import LogProducer


def test_it_sends_until_it_is_told_to_stop_and_waits_for_what_it_sent() -> None:
    stop = Flag()
    sent: list[Any] = []

    def post(event: Any) -> None:
        sent.append(event)
        if len(sent) == 70:
            stop.set()

    sender = create_autospec(Unchecked, instance=True)
    sender.post.side_effect = post
    send_until(stop, sender, rate=1000)
    assert 70 <= len(sent) <= 70 + 50  # what was in hand is finished: a twentieth of a second
    assert {event.tenant_id for event in sent} == {TENANT}
    sender.flush.assert_called_once()


def test_what_it_sends_is_what_an_event_producer_would_send() -> None:
    codec = local_codecs({BEHAVIOR.subject: BEHAVIOR.record}).of(BEHAVIOR)
    producer = create_autospec(LogProducer, instance=True)
    event = next(Workload(1).events())
    Unchecked(producer, codec).post(event)
    producer.send.assert_called_once_with(BEHAVIOR.name, f"{TENANT}/{event.user_id}".encode(), codec.encode(event))
    check(event)
