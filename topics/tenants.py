"""Tenants: which there are, and which keys call as them; read from the topic that says so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.codec import schema_id_of
from schemas.loading import Codecs
from schemas.records import Record
from schemas.tenancy import TenantKey
from schemas.tenant_records import TenantChange, TenantChangeKind
from topics.catalog import TENANT_CHANGES
from topics.reader import LogReader, read_whole
from topics.routes import Parcel

SUBJECTS: Final[dict[str, type[Record]]] = {TENANT_CHANGES.subject: TENANT_CHANGES.record}
"""What reading and writing changes needs a codec for."""

_KINDS: Final = frozenset(TenantChangeKind)
_OWN: Final = "tenant"
"""Id in the key of a tenant's changes: all of them stand in one partition, so the log puts two creations in order."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that calls as a tenant."""

    tenant: str
    id: str
    hash: str
    """SHA-256 of the key, in hexadecimal."""

    ends_at_ms: int | None
    """From when it is refused, milliseconds since 1970 UTC; None for never."""

    def good(self, now_ms: int) -> bool:
        """Return whether it is accepted at that time, milliseconds since 1970 UTC."""
        return self.ends_at_ms is None or now_ms < self.ends_at_ms


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as its changes leave it."""

    id: str
    title: str
    created_at_ms: int
    keys: tuple[Key, ...]
    """By id, with those that have ended."""

    def good_keys(self, now_ms: int) -> list[Key]:
        """Return the keys that are accepted at that time, milliseconds since 1970 UTC."""
        return [key for key in self.keys if key.good(now_ms)]


def tenants_of(changes: Iterable[TenantChange]) -> Mapping[str, Tenant]:
    """Return the tenants by id: a function of the set of changes, and of no clock."""
    distinct: defaultdict[str, dict[str, TenantChange]] = defaultdict(dict)
    for change in changes:
        if change.change in _KINDS:
            distinct[change.tenant_id][change.event_id] = change
    return {tenant: _tenant(tenant, list(own.values())) for tenant, own in sorted(distinct.items())}


class Tenants:
    """Every answer is of the topic as it is when it is asked for. Threads may share it.

    Methods raise what `LogReader.read` raises, and UnknownSchemaError or UndecodableError for a record that is none:
    to pass over one could leave a key good that somebody has ended.
    """

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take codecs for at least SUBJECTS."""
        self._reader = reader
        self._codecs = codecs
        self._codec = codecs.codec_for(TENANT_CHANGES.subject, TenantChange)

    def all(self) -> list[TenantChange]:
        """Return every change; those of one tenant in the order of the log."""
        return [
            self.decode(value)
            for batch in read_whole(self._reader, TENANT_CHANGES.name)
            for record in batch.records
            if (value := record.value()) is not None
        ]

    def parcel(self, change: TenantChange) -> Parcel:
        """Return the change ready to be written."""
        key = TenantKey(change.tenant_id, _OWN).encode()
        return Parcel(TENANT_CHANGES.name, key, self._codec.encode(change))

    def decode(self, value: bytes) -> TenantChange:
        """Return the change that a record's value holds, for those who follow the topic themselves."""
        self._codecs.fetch(schema_id_of(value))
        return self._codec.decode(value)


def _tenant(tenant: str, changes: list[TenantChange]) -> Tenant:
    ends: dict[str, int] = {}
    for change in changes:
        if change.ended_at is not None:
            for key in change.ended:
                ends[key] = min(ends.get(key, change.ended_at), change.ended_at)
    first = min(changes, key=_seniority)
    keys = {change.key_id: change.key_hash for change in sorted(changes, key=_seniority)}
    return Tenant(
        tenant,
        first.title,
        first.changed_at,
        tuple(Key(tenant, key, digest, ends.get(key)) for key, digest in sorted(keys.items())),
    )


def _seniority(change: TenantChange) -> tuple[bool, int, str]:
    return change.change != TenantChangeKind.CREATED, change.changed_at, change.event_id
