"""Dead letters: those of all `.dlq` topics, each once, and whether they are resolved.

Letters and resolutions are two sets of events, and the open letters are the difference: it does not matter in what
order they were written or how often. A letter's identity is the place of its source record, so one that a worker
wrote again after a crash is the same letter.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from confluent_kafka import Message

from schemas.codec import Codec, schema_id_of
from schemas.errors import InvalidFieldError, NotFramedError, UndecodableError, UnknownSchemaError
from schemas.loading import Codecs
from schemas.records import DeadLetter, DeadLetterResolution, Record
from schemas.tenancy import check_tenant
from topics.catalog import RESOLUTIONS, SOURCES, dead_letters
from topics.errors import UnknownTopicError
from topics.generation import catalog_name
from topics.headers import Origin
from topics.offsets import Partition
from topics.reader import LogReader
from topics.topic import Topic

R = TypeVar("R", bound=Record)

_LOG = logging.getLogger(__name__)

SUBJECTS: Final[dict[str, type[Record]]] = {
    topic.subject: topic.record for source in SOURCES for topic in (source, dead_letters(source))
} | {RESOLUTIONS.subject: RESOLUTIONS.record}
"""What reading letters, and the records in them, needs codecs for."""


def source_named(name: str) -> Topic:
    """Return the source topic of that name, of any generation, or of its letters; else raise UnknownTopicError."""
    for topic in SOURCES:
        if catalog_name(name) in (topic.name, dead_letters(topic).name):
            return topic
    raise UnknownTopicError(f"letters come from {', '.join(topic.name for topic in SOURCES)}, not from {name!r}")


def origin_of(letter: DeadLetter | DeadLetterResolution) -> Origin:
    """Return the letter's identity: the place of its source record."""
    return Origin(letter.topic, letter.partition, letter.offset)


def tenant_of(letter: DeadLetter) -> str | None:
    """Return the tenant that the letter's key names; None where it names none."""
    tenant, slash, _ = (letter.key or b"").partition(b"/")
    try:
        return check_tenant(tenant.decode()) if slash else None
    except (UnicodeDecodeError, InvalidFieldError):
        return None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant: those that all conditions hold for; without conditions all."""

    topics: tuple[Topic, ...] = SOURCES
    reasons: frozenset[str] = frozenset()
    tenant: str | None = None
    since: int | None = None
    """Earliest broker timestamp of the source record, milliseconds."""

    until: int | None = None
    """First timestamp that is too late."""

    partition: int | None = None
    offset: int | None = None

    def admits(self, letter: DeadLetter) -> bool:
        """Tell whether the letter is meant; its topic is not asked, since only those of `topics` are read."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (self.tenant is None or tenant_of(letter) == self.tenant)
            and (self.since is None or letter.timestamp >= self.since)
            and (self.until is None or letter.timestamp < self.until)
            and (self.partition is None or letter.partition == self.partition)
            and (self.offset is None or letter.offset == self.offset)
        )


class DeadLetters:
    """The letters as they are when this is made: what is written later does not show, such as a replay's own."""

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        self._reader = reader
        self._codecs = codecs
        topics = [RESOLUTIONS, *(dead_letters(source) for source in SOURCES)]
        partitions = [at for topic in topics for at in reader.offsets.partitions(topic.name)]
        self._starts, self._ends = reader.offsets.start(partitions), reader.offsets.end(partitions)
        self.resolutions: Final = {
            origin_of(resolution): resolution for resolution in self._read(RESOLUTIONS, DeadLetterResolution)
        }
        """What became of letters, by their identity; of several the one read last."""

    def find(self, wanted: Filter, *, resolved: bool = False) -> Iterator[DeadLetter]:
        """Yield the open letters that the filter admits, each once; with `resolved` the resolved ones too."""
        seen: set[Origin] = set()
        for source in wanted.topics:
            # A letter lies in the partition of its source record.
            for letter in self._read(dead_letters(source), DeadLetter, wanted.partition):
                origin = origin_of(letter)
                if origin in seen or not wanted.admits(letter):
                    continue
                if resolved or origin not in self.resolutions:
                    seen.add(origin)
                    yield letter

    def _read(self, topic: Topic, record: type[R], partition: int | None = None) -> Iterator[R]:
        codec = self._codecs.codec_for(topic.subject, record)
        starts = {
            at: offset
            for at, offset in self._starts.items()
            if at.topic == topic.name and partition in (None, at.number)
        }
        for batch in self._reader.read(starts, self._ends):
            for message in batch.records:
                yield from self._decoded(codec, batch.partition, message)

    def _decoded(self, codec: Codec[R], at: Partition, message: Message) -> Iterator[R]:
        """Yield the record; nothing, and a warning, where a stranger wrote something else."""
        value = message.value() or b""
        try:
            self._codecs.fetch(schema_id_of(value))
            yield codec.decode(value)
        except (NotFramedError, UnknownSchemaError, UndecodableError) as error:
            _LOG.warning("%s/%d offset %s is passed over: %s", at.topic, at.number, message.offset(), error)
