"""Codecs at start: every subject's schema looked up in the registry once, so that no record needs it later."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from schemas.catalog import RECORDS, avro_schema, promised_level, schema_name
from schemas.codec import Codec, Schema, SchemaCache
from schemas.errors import (
    IncompatibleSchemaError,
    RegistryUnavailableError,
    UnknownSchemaError,
    UnregisteredSchemaError,
)
from schemas.records import Record
from schemas.registry import Registry

R = TypeVar("R", bound=Record)

_LOCAL_IDS: Final = {record: number for number, record in enumerate(RECORDS.values(), start=1)}


class Carrier(Protocol):
    """What carries records under a subject: a topic."""

    @property
    def subject(self) -> str:
        """The registry's subject."""


class Codecs:
    """The codec of every subject, over one cache of schemas."""

    def __init__(
        self, codecs: Mapping[str, Codec[Any]], cache: SchemaCache, find: Callable[[int], Schema | None]
    ) -> None:
        """Take the codecs by subject, their cache, and how to find the schema of an id that is not in it."""
        self.cache: Final = cache
        self._codecs = dict(codecs)
        self._find = find

    def of(self, carrier: Carrier) -> Codec[Any]:
        """Return the codec of a topic's values; raise KeyError for a topic that was not loaded."""
        return self._codecs[carrier.subject]

    def codec_for(self, subject: str, record: type[R]) -> Codec[R]:
        """Return the subject's codec, typed; raise KeyError unless the subject was loaded and carries this record."""
        codec = self._codecs[subject]
        if codec.record is not record:
            raise KeyError(f"{subject} carries {codec.record.__name__}, not {record.__name__}")
        return codec

    def fetch(self, schema_id: int) -> None:
        """Bring the schema with this id into the cache; it blocks, so call it in a thread and off the hot path.

        Raises UnknownSchemaError if the registry has no Avro schema with this id, so that whoever named it is to
        blame; RegistryUnavailableError if that cannot be known now: the record has to wait.
        """
        if schema_id in self.cache:
            return
        schema = self._find(schema_id)
        if schema is None:
            raise UnknownSchemaError(schema_id)
        try:
            self.cache.add(schema_id, schema)
        except IncompatibleSchemaError as error:
            raise UnknownSchemaError(schema_id) from error


def load_codecs(registry: Registry, subjects: Mapping[str, type[Record]]) -> Codecs:
    """Return codecs for the subjects and the records they carry; nothing is registered.

    Every version of each subject is cached: the log holds what the first one wrote. Raises UnregisteredSchemaError
    if a subject lacks the schema of its record, IncompatibleSchemaError if its compatibility level is not the
    promised one, RegistryUnavailableError if the registry cannot be reached.
    """
    cache = SchemaCache()
    codecs = {subject: _load(registry, subject, record, cache) for subject, record in subjects.items()}
    known = max((codec.schema_id for codec in codecs.values()), default=None)
    return Codecs(codecs, cache, partial(_found, registry, known))


def _found(registry: Registry, known: int | None, schema_id: int) -> Schema | None:
    """Return the schema of the id, or None if the registry has none.

    A registry that starts answers before it has read its own log, as if it had no schema: whoever believed it would
    take good records for broken ones. So it is asked for one that it had, and then again.

    Raises RegistryUnavailableError if it does not have that either.
    """
    schema = registry.schema(schema_id)
    if schema is not None or known is None:
        return schema
    if registry.schema(known) is None:
        raise RegistryUnavailableError(
            f"the schema registry does not have schema {known}, which it had: it is starting, or it is another one; "
            "wait, or check TIDELINE_REGISTRY_URL"
        )
    return registry.schema(schema_id)


def local_codecs(subjects: Mapping[str, type[Record]]) -> Codecs:
    """Return codecs with ids of their own, without a registry: for tests and tools that keep nothing.

    The ids are the same everywhere, one for each record; they mean nothing to a registry.
    """
    cache = SchemaCache()
    codecs = {}
    for subject, record in subjects.items():
        schema = avro_schema(schema_name(record))
        cache.add(_LOCAL_IDS[record], schema)
        codecs[subject] = Codec(record, schema, _LOCAL_IDS[record], cache)
    return Codecs(codecs, cache, find=lambda _: None)


def _load(registry: Registry, subject: str, record: type[R], cache: SchemaCache) -> Codec[R]:
    schema = avro_schema(schema_name(record))
    schema_id = registry.lookup(subject, schema)
    if schema_id is None:
        raise UnregisteredSchemaError(
            f"{subject} lacks this version's schema of {record.__name__}; run `tideline schemas register`"
        )
    level, promised = registry.level(subject), promised_level(record)
    if level != promised:
        raise IncompatibleSchemaError(
            f"{subject} is at compatibility level {level or 'of the registry'}, not {promised}; "
            "run `tideline schemas register`, which sets it"
        )
    for version in registry.versions(subject):
        registered = registry.version(subject, version)
        if registered is not None and registered.schema_id not in cache:
            cache.add(registered.schema_id, registered.schema)
    cache.add(schema_id, schema)
    return Codec(record, schema, schema_id, cache)
