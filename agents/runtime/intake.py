"""Intake: raw records to events, and what is wrong with the rest."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final, TypeVar

from agents.folds.sourced import Sourced
from agents.runtime.agent import Agent
from agents.runtime.batch import Record
from schemas.codec import PREFIX, Codec, schema_id_of
from schemas.errors import InvalidFieldError, NotFramedError, SchemasError, UndecodableError, UnknownSchemaError
from schemas.hashing import id_hash
from schemas.records import DeadLetter, Header
from schemas.records import Record as Event
from schemas.validation import all_valid, check, check_not_ahead
from topics.errors import InvalidOriginError
from topics.headers import ORIGIN, Origin
from topics.partitioning import partition_of

E = TypeVar("E", bound=Event)

_CHUNK: Final = 2_000
"""Records decoded at once: one bad record has so many decoded one by one."""


class Reason(StrEnum):
    """Why a record became a dead letter: short, stable, counted by."""

    NULL_VALUE = "null_value"
    TOO_LARGE = "too_large"
    NOT_FRAMED = "not_framed"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNDECODABLE = "undecodable"
    INVALID_FIELD = "invalid_field"
    WRONG_KEY = "wrong_key"
    WRONG_PARTITION = "wrong_partition"
    NO_ORIGIN = "no_origin"


_REASONS: Final[dict[type[SchemasError | InvalidOriginError], Reason]] = {
    NotFramedError: Reason.NOT_FRAMED,
    UnknownSchemaError: Reason.UNKNOWN_SCHEMA,
    UndecodableError: Reason.UNDECODABLE,
    InvalidFieldError: Reason.INVALID_FIELD,
    InvalidOriginError: Reason.NO_ORIGIN,
}


@dataclass(slots=True)
class Intake:
    """What a batch holds: events in the order of their offsets, letters for the rest, the events' bytes."""

    events: list[Sourced[Any]] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    payloads: dict[int, bytes] = field(default_factory=dict)
    """By offset; of an agent's whose events have travelled none, for they travel no further."""


def schema_ids(records: Iterable[Record]) -> set[int]:
    """Return the schema ids that the records name; those without a prefix name none."""
    return set(_schema_ids({record.value[: PREFIX.size] for record in records if record.value is not None}))


def _schema_ids(prefixes: Iterable[bytes]) -> Iterator[int]:
    for prefix in prefixes:
        with suppress(NotFramedError):  # take_in makes a letter of it
            yield schema_id_of(prefix)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a record must keep to besides its schema's own rules."""

    max_bytes: int
    """Greatest size of a value."""

    ahead_ms: int
    """How far an event's own time may lie ahead of the broker's time for it."""

    partitions: int
    """Partitions of the source topic, by which the key's own partition is known."""


def take_in(agent: Agent[Any], codec: Codec[Any], records: Sequence[Record], limits: Limits) -> Intake:
    """Decode and check every record; nothing a record holds can make this raise.

    A schema id that the codec's cache lacks gives a letter: ask the registry for `schema_ids` first.
    """
    intake = Intake()
    for start in range(0, len(records), _CHUNK):
        _take_in(intake, agent, codec, records[start : start + _CHUNK], limits)
    return intake


def _take_in(intake: Intake, agent: Agent[Any], codec: Codec[Any], records: Sequence[Record], limits: Limits) -> None:
    decode, key_of, travelled = codec.decode, agent.key_of, agent.travelled
    events = _decoded(codec, records, limits.max_bytes)
    valid = all_valid(events)
    partitions = {key: partition_of(key, limits.partitions) for key in {record.key for record in records} if key}
    for record, decoded in zip_longest(records, events):
        value = record.value
        if value is None:
            intake.letters.append(letter(record, Reason.NULL_VALUE, "the value is null; an event is never deleted"))
            continue
        if len(value) > limits.max_bytes:
            detail = f"the value has {len(value):,} bytes, more than the {limits.max_bytes:,} that an event may have"
            intake.letters.append(letter(record, Reason.TOO_LARGE, detail))
            continue
        try:
            event = decode(value) if decoded is None else decoded
            if not valid:
                check(event)
            if travelled:
                origin = _origin(record)
                partition, offset = origin.partition, origin.offset
            else:
                check_not_ahead(event, record.timestamp, limits.ahead_ms)
                partition, offset = record.partition, record.offset
        except tuple(_REASONS) as error:
            intake.letters.append(letter(record, _REASONS[type(error)], str(error)))
            continue
        if record.key != key_of(event):
            detail = f"the key is {record.key!r}, but the event's own is {key_of(event)!r}"
            intake.letters.append(letter(record, Reason.WRONG_KEY, detail))
            continue
        if record.partition != (own := partitions[record.key]):
            # One key in two partitions would have two rows, and the one written last would hide the other.
            detail = f"the key belongs in partition {own} of {limits.partitions}; the producer must hash with murmur2"
            intake.letters.append(letter(record, Reason.WRONG_PARTITION, detail))
            continue
        intake.events.append(Sourced(event, partition, offset, id_hash(event.event_id)))
        if not travelled:
            intake.payloads[offset] = value


def _decoded(codec: Codec[E], records: Sequence[Record], max_bytes: int) -> list[E]:
    """Return the events of all records if every one can be decoded, otherwise none."""
    payloads = [record.value for record in records if record.value is not None]
    if len(payloads) == len(records) and max(map(len, payloads), default=0) <= max_bytes:
        with suppress(SchemasError):  # some are bad: which, and why, is found one by one
            return codec.decode_all(payloads)
    return []


def _origin(record: Record) -> Origin:
    for name, value in record.headers:
        if name == ORIGIN:
            return Origin.decode(value)
    raise InvalidOriginError(f"no header {ORIGIN}")


def letter(record: Record, reason: Reason, detail: str) -> DeadLetter:
    """Return the dead letter of a record: the whole of it, with what is wrong."""
    return DeadLetter(
        reason=reason,
        detail=detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=[Header(name, value) for name, value in record.headers],
    )
