"""Generations: which there are, what became of each, and which one serves; read from the topic that says so."""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.codec import schema_id_of
from schemas.loading import Codecs
from schemas.records import GenerationChange, GenerationStatus, Record
from topics.catalog import GENERATIONS
from topics.generation import FIRST, Generation
from topics.producer import LogProducer
from topics.reader import LogReader, read_whole

SERVING_KEY: Final = b"serving"
"""The key of the one record that says which generation serves; what became of one stands under its number."""

SUBJECTS: Final[dict[str, type[Record]]] = {GENERATIONS.subject: GENERATIONS.record}
"""What reading and recording changes needs a codec for."""


def key_of(change: GenerationChange) -> bytes:
    """Return the key of the change's record."""
    return SERVING_KEY if change.status == GenerationStatus.SERVING else str(change.generation).encode()


class Generations:
    """Every answer is of the topic as it is when it is asked for: a few records. Threads may share it.

    Methods raise what `LogReader.read` raises, and UnknownSchemaError or UndecodableError for a record that is none:
    to pass over it could serve a generation that somebody has taken out of service.
    """

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take codecs for at least SUBJECTS."""
        self._reader = reader
        self._codecs = codecs
        self._codec = codecs.codec_for(GENERATIONS.subject, GenerationChange)

    def all(self) -> Mapping[int, GenerationChange]:
        """Return what became last of each generation, by number in order, of dropped ones too.

        The first, number 0, is built by workers alone; it is there only once it was dropped.
        """
        latest = self._latest()
        changes = [change for key, change in latest.items() if key != SERVING_KEY]
        return {change.generation: change for change in sorted(changes, key=lambda change: change.generation)}

    def serving(self) -> Generation:
        """Return the generation that serves; the first one where nobody has said anything."""
        change = self._latest().get(SERVING_KEY)
        return FIRST if change is None else Generation(change.generation)

    def previous(self) -> Generation | None:
        """Return the generation that served before the one that serves; None where none did."""
        change = self._latest().get(SERVING_KEY)
        return None if change is None or change.previous is None else Generation(change.previous)

    def next(self) -> Generation:
        """Return one that there never was: the number of a dropped one may still stand in somebody's store."""
        return Generation(max(self.all(), default=0) + 1)

    def record(self, producer: LogProducer, change: GenerationChange) -> None:
        """Write the change; return when the broker has confirmed it. Raises DeliveryError if it does not."""
        producer.send(GENERATIONS.name, key_of(change), self._codec.encode(change))
        producer.flush()

    def decode(self, value: bytes) -> GenerationChange:
        """Return the change that a record's value holds, for those who follow the topic themselves."""
        self._codecs.fetch(schema_id_of(value))
        return self._codec.decode(value)

    def _latest(self) -> dict[bytes, GenerationChange]:
        latest: dict[bytes, bytes | None] = dict(self._records())
        return {key: self.decode(value) for key, value in latest.items() if value is not None}

    def _records(self) -> Iterator[tuple[bytes, bytes | None]]:
        for batch in read_whole(self._reader, GENERATIONS.name):
            for record in batch.records:
                yield record.key() or b"", record.value()
