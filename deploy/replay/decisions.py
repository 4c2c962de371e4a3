"""Decisions in the log: lists as they were served."""

from collections.abc import Iterator

from schemas.loading import Codecs, load_codecs
from schemas.records import Decision
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.bff.decision import unpacked
from topics.catalog import DECISIONS
from topics.reader import LogReader
from topics.settings import KafkaSettings
from training.served import Served


def read_decisions(reader: LogReader, codecs: Codecs, tenant: str | None) -> Iterator[Decision]:
    """Yield the decisions of the log as it is now, of one tenant or of all; raise what reading and decoding raise."""
    codec = codecs.codec_for(DECISIONS.subject, Decision)
    partitions = reader.offsets.partitions(DECISIONS.name)
    prefix = b"" if tenant is None else f"{tenant}/".encode()
    for batch in reader.read(reader.offsets.start(partitions), reader.offsets.end(partitions)):
        for record in batch.records:
            if (record.key() or b"").startswith(prefix):
                yield codec.decode(record.value() or b"")


def tenant_decisions(tenant: str) -> Iterator[Decision]:
    """Yield the tenant's decisions from the cluster of the settings."""
    codecs = load_codecs(Registry(RegistrySettings()), {DECISIONS.subject: DECISIONS.record})
    yield from read_decisions(LogReader(KafkaSettings()), codecs, tenant)


def listed(decision: Decision) -> Served:
    """Return the list as training looks at it."""
    values = unpacked(decision.values, len(decision.features))
    return Served(decision.request_id, decision.user_id, decision.as_of, decision.items, values)
