"""Decisions in the log: lists as they were served."""

from collections.abc import Iterable, Iterator

from schemas.decision_records import Decision
from schemas.loading import Codecs, load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.bff.decision import AHEAD, made_by
from serving.bff.explain import answered_from
from topics.catalog import DECISIONS
from topics.reader import LogReader, read_whole
from topics.settings import KafkaSettings


def read_decisions(reader: LogReader, codecs: Codecs, tenant: str | None) -> Iterator[Decision]:
    """Yield the decisions of the log as it is now, of one tenant or of all; raise what reading and decoding raise."""
    codec = codecs.codec_for(DECISIONS.subject, Decision)
    prefix = b"" if tenant is None else f"{tenant}/".encode()
    for batch in read_whole(reader, DECISIONS.name):
        for record in batch.records:
            if (record.key() or b"").startswith(prefix):
                yield codec.decode(record.value() or b"")


def shown(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Yield the decisions of lists that somebody was shown, each with all that its making told.

    A list made ahead is shown to nobody by itself; an answer from it says which it was. Decisions of one user are to
    come in the order of the log.
    """
    latest: dict[tuple[str, str, str], Decision] = {}
    for decision in decisions:
        at = decision.tenant_id, decision.user_id, decision.scenario
        if decision.source == AHEAD:
            latest[at] = decision
            continue
        made = latest.get(at)
        if made is not None and made.request_id == made_by(decision):
            yield answered_from(decision, made)
        else:
            yield decision


def tenant_decisions(tenant: str) -> Iterator[Decision]:
    """Yield the tenant's decisions of what was shown, from the cluster of the settings."""
    codecs = load_codecs(Registry(RegistrySettings()), {DECISIONS.subject: DECISIONS.record})
    yield from shown(read_decisions(LogReader(KafkaSettings()), codecs, tenant))
