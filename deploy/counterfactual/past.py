"""The past as the log has it: decisions of a time, and the catalogue of now."""

from collections.abc import Callable, Iterator
from typing import Final

from deploy.replay.decisions import shown
from schemas.decision_records import Decision
from schemas.loading import Codecs
from schemas.records import Item, Record
from schemas.tenancy import check_tenant
from serving.views.catalogue import Catalogue
from topics.catalog import DECISIONS
from topics.changelogs import ITEM
from topics.generations import SUBJECTS as GENERATION_SUBJECTS
from topics.generations import Generations
from topics.reader import LogReader, read_whole
from topics.rows import RowDecoder

SUBJECTS: Final[dict[str, type[Record]]] = {
    DECISIONS.subject: DECISIONS.record,
    ITEM.subject: ITEM.record,
    **GENERATION_SUBJECTS,
}
"""What reading the past needs codecs for."""

_AROUND_MS: Final = 60_000
"""How far from its answer a record may be stamped: it is written after it, by another clock than the broker's."""

_AHEAD_MS: Final = 86_400_000
"""How long before its answer a list may have been made ahead, to be told whole."""

Report = Callable[[int, int], None]
"""Told how many records were read, and how many there are."""


def catalogue_of(reader: LogReader, codecs: Codecs, tenant: str) -> Catalogue:
    """Return the tenant's items as the table that serves has them now."""
    prefix = f"{check_tenant(tenant)}/".encode()
    decoder = RowDecoder(codecs.codec_for(ITEM.subject, Item), codecs.fetch)
    latest: dict[bytes, bytes | None] = {}
    for batch in read_whole(reader, Generations(reader, codecs).serving().name(ITEM)):
        latest.update((record.key(), record.value()) for record in batch.records if record.key().startswith(prefix))
    catalogue = Catalogue()
    for key, value in latest.items():
        change = decoder.change(key, value)
        if change is not None:
            catalogue.put(catalogue.number(change.owner.id), change.row)
    catalogue.commit()
    return catalogue


def decisions_of(
    reader: LogReader, codecs: Codecs, tenant: str, since: int, until: int, report: Report = lambda done, total: None
) -> Iterator[Decision]:
    """Yield the tenant's decisions of what was shown from `since` to before `until`, milliseconds since 1970."""
    codec, prefix = codecs.codec_for(DECISIONS.subject, Decision), f"{check_tenant(tenant)}/".encode()
    partitions = reader.offsets.partitions(DECISIONS.name)
    start = reader.offsets.since(partitions, max(0, since - _AHEAD_MS))
    end = reader.offsets.since(partitions, until + _AROUND_MS)
    total = sum(max(0, end[at] - start[at]) for at in partitions)

    def met() -> Iterator[Decision]:
        done = 0
        for batch in reader.read(start, end):
            for record in batch.records:
                if (record.key() or b"").startswith(prefix):
                    yield codec.decode(record.value() or b"")
            done += len(batch.records)
            report(done, total)

    for decision in shown(met()):
        if since <= decision.served_at < until:
            yield decision
