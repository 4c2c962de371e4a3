"""Resolving dead letters: replaying them into their source topic, or dropping them. Either is an event of its own."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, Message

from schemas.codec import Codec
from schemas.records import DeadLetter, DeadLetterResolution, Outcome
from topics.catalog import RESOLUTIONS
from topics.errors import DeliveryError
from topics.headers import Origin
from topics.letters import origin_of
from topics.moments import now_ms
from topics.producer import LogProducer, delivery_error

_BATCH: Final = 500

Advance = Callable[[int], None]
"""Told how many letters more are done."""


class Failed(NamedTuple):
    """A letter that stays open."""

    origin: Origin
    why: DeliveryError


class Resolver:
    """Writes what becomes of letters. A resolution is written only when the broker has confirmed the copy.

    So a crash leaves a letter open that was replayed already, never the reverse; replaying it again writes a second
    copy with the same event id, which changes no table.
    """

    def __init__(self, producer: LogProducer, codec: Codec[DeadLetterResolution]) -> None:
        self._producer = producer
        self._codec = codec

    def replay(self, letters: Iterable[DeadLetter], advance: Advance) -> list[Failed]:
        """Write each letter's source record again: its bytes, key and headers, into the partition of its key.

        Returns the letters whose copy the broker did not take; they stay open. Raises DeliveryError if the
        resolutions are not confirmed.
        """
        failed: list[Failed] = []
        for batch in _batches(letters):
            copies: dict[Origin, Origin] = {}
            for letter in batch:
                self._send_copy(letter, copies, failed)
            self._producer.flush()
            self._resolve(Outcome.REPLAYED, [(origin, copy.encode().decode()) for origin, copy in copies.items()])
            advance(len(batch))
        return failed

    def drop(self, letters: Iterable[DeadLetter], advance: Advance) -> None:
        """Close the letters without doing anything about them; raise DeliveryError if that is not confirmed."""
        for batch in _batches(letters):
            self._resolve(Outcome.DROPPED, [(origin_of(letter), None) for letter in batch])
            advance(len(batch))

    def _send_copy(self, letter: DeadLetter, copies: dict[Origin, Origin], failed: list[Failed]) -> None:
        origin = origin_of(letter)

        def report(error: KafkaError | None, message: Message) -> None:
            if error is None:
                copies[origin] = Origin(letter.topic, message.partition() or 0, message.offset() or 0)
            else:
                failed.append(Failed(origin, delivery_error(error, message)))

        headers = [(header.name, header.value) for header in letter.headers]
        try:
            self._producer.send(letter.topic, letter.key, letter.value, headers=headers, on_delivery=report)
        except DeliveryError as error:
            failed.append(Failed(origin, error))

    def _resolve(self, outcome: Outcome, resolved: list[tuple[Origin, str | None]]) -> None:
        now = now_ms()
        for origin, copy in resolved:
            resolution = DeadLetterResolution(
                origin.topic, origin.partition, origin.offset, outcome=outcome.value, resolved_at=now, copy=copy
            )
            self._producer.send(RESOLUTIONS.name, origin.encode(), self._codec.encode(resolution))
        self._producer.flush()


def _batches(letters: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    remaining = iter(letters)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
