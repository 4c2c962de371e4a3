"""Decisions in the log: lists as they were served."""

from collections.abc import Iterator
from typing import Final

from schemas.loading import Codecs, load_codecs
from schemas.records import Decision
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.validation import MAX_REQUEST_ID
from topics.catalog import DECISIONS
from topics.reader import LogReader, read_whole
from topics.settings import KafkaSettings

_HEAD: Final = 5 + 10 + MAX_REQUEST_ID * 4
"""Bytes within which a record's request id ends, its first field: the registry's prefix, a length, UTF-8."""


def read_decisions(
    reader: LogReader, codecs: Codecs, tenant: str | None, request: str | None = None
) -> Iterator[Decision]:
    """Yield the decisions of the log as it is now, of one tenant or of all; raise what reading and decoding raise.

    With `request` that of this request only: the others, of 40 kB each, are not decoded.
    """
    wanted = None if request is None else request.encode()
    codec = codecs.codec_for(DECISIONS.subject, Decision)
    prefix = b"" if tenant is None else f"{tenant}/".encode()
    for batch in read_whole(reader, DECISIONS.name):
        for record in batch.records:
            value = record.value() or b""
            if not (record.key() or b"").startswith(prefix) or (wanted is not None and wanted not in value[:_HEAD]):
                continue
            decision = codec.decode(value)
            if request in (None, decision.request_id):
                yield decision


def tenant_decisions(tenant: str, request: str | None = None) -> Iterator[Decision]:
    """Yield the tenant's decisions, or that of one request, from the cluster of the settings."""
    codecs = load_codecs(Registry(RegistrySettings()), {DECISIONS.subject: DECISIONS.record})
    yield from read_decisions(LogReader(KafkaSettings()), codecs, tenant, request)
