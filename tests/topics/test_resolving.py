"""A letter is closed when the broker holds its copy, not before; the copy is the record as it was."""

from typing import Any
from unittest.mock import create_autospec

from confluent_kafka import KafkaError, Message
from hypothesis import given
from hypothesis import strategies as st

from schemas.loading import local_codecs
from schemas.records import DeadLetter, DeadLetterResolution
from tests.strategies import dead_letters
from topics.catalog import RESOLUTIONS
from topics.errors import DeliveryError
from topics.letters import SUBJECTS, origin_of
from topics.producer import LogProducer
from topics.resolving import Resolver

CODEC = local_codecs(SUBJECTS).codec_for(RESOLUTIONS.subject, DeadLetterResolution)

batches = st.lists(dead_letters(), max_size=6, unique_by=origin_of)


class Broker:
    """A producer of letters' copies that the broker confirms, reports as failed, or the client refuses, by turns."""

    def __init__(self, *fates: str) -> None:
        self._fates = fates
        self.copies: list[tuple[Any, ...]] = []
        self.resolutions: list[DeadLetterResolution] = []
        self._pending: list[Any] = []
        self.producer = create_autospec(LogProducer, instance=True)
        self.producer.send.side_effect = self._send
        self.producer.flush.side_effect = self._flush

    def _send(self, topic: str, key: Any, value: Any, *, headers: Any = None, on_delivery: Any = None) -> None:
        if topic == RESOLUTIONS.name:
            self.resolutions.append(CODEC.decode(value))
            return
        self.copies.append((topic, key, value, headers))
        fate = self._fates[len(self.copies) % len(self._fates)]
        if fate == "refused":
            raise DeliveryError("too large")
        self._pending.append((on_delivery, fate))

    def _flush(self) -> None:
        for on_delivery, fate in self._pending:
            message = create_autospec(Message, instance=True)
            message.partition.return_value, message.offset.return_value = 2, 9
            on_delivery(None if fate == "confirmed" else KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), message)
        self._pending.clear()


@given(batches)
def test_a_copy_is_the_record_as_it_was_and_closes_its_letter(letters: list[DeadLetter]) -> None:
    broker = Broker("confirmed")
    done: list[int] = []
    assert Resolver(broker.producer, CODEC).replay(letters, done.append) == []
    assert broker.copies == [
        (letter.topic, letter.key, letter.value, [(header.name, header.value) for header in letter.headers])
        for letter in letters
    ]
    assert [origin_of(each) for each in broker.resolutions] == [origin_of(letter) for letter in letters]
    assert {(each.outcome, each.copy) for each in broker.resolutions} <= {
        ("replayed", f"{letter.topic}/2/9") for letter in letters
    }
    assert sum(done) == len(letters)


@given(batches)
def test_a_letter_stays_open_unless_its_copy_is_confirmed(letters: list[DeadLetter]) -> None:
    broker = Broker("confirmed", "failed", "refused")
    failed = Resolver(broker.producer, CODEC).replay(letters, lambda count: None)
    closed = {origin_of(each) for each in broker.resolutions}
    still_open = {letter.origin for letter in failed}
    assert closed | still_open == {origin_of(letter) for letter in letters}
    assert not closed & still_open
    assert len(still_open) >= len(letters) // 3


@given(batches)
def test_a_dropped_letter_is_closed_without_a_copy(letters: list[DeadLetter]) -> None:
    broker = Broker("confirmed")
    Resolver(broker.producer, CODEC).drop(letters, lambda count: None)
    assert broker.copies == []
    assert [(origin_of(each), each.outcome, each.copy) for each in broker.resolutions] == [
        (origin_of(letter), "dropped", None) for letter in letters
    ]
