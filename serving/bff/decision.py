"""The decision record of an answer: all that was proposed, what the ranker read, and what it was answered from."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from schemas.records import Decision, RowRead
from serving.bff.read_model import ReadModel
from serving.bff.work import Work


def reads(world: ReadModel, work: Work) -> list[RowRead]:
    """Return the rows that the features of the list come from, and how far each is folded; none without features.

    To be taken as soon as the list is made. What is folded into an item's row in between does not count in its
    features anyway, unless it is late: they count what ended with the hour before (`training/features`).
    """
    if work.moment is None:
        return []
    query = work.query
    found = [
        RowRead(_table(table), query.user, "", dict(applied)) for table, applied in query.state.read.items() if applied
    ]
    served = work.candidates.items[: query.count]
    for item in np.unique(np.concatenate((served, query.state.recent.items))).tolist():
        for table, chunk, applied in world.item_reads(query.tenant, item):
            found.append(RowRead(_table(table), query.catalogue.ids[item], chunk, dict(applied)))
    return found


def decision(work: Work, read: list[RowRead], request_id: str, served_at_ms: int) -> Decision:
    """Return the record of the answer."""
    query, ids = work.query, work.query.catalogue.ids
    served = work.candidates.take(np.arange(min(query.count, len(work.candidates))))
    moment, values = work.moment, np.empty(0, np.float32)
    features: tuple[str, ...] = ()
    considered = work.candidates if moment is None else moment
    if moment is not None and work.features is not None and work.scorer is not None:
        row = {int(item): number for number, item in enumerate(moment.candidates)}
        values = work.features[[row[int(item)] for item in served.items]]
        features = work.scorer.features.names
    items = work.candidates.items if moment is None else moment.candidates
    return Decision(
        request_id=request_id,
        tenant_id=query.tenant,
        user_id=query.user,
        scenario=query.scenario,
        as_of=query.as_of_ms,
        served_at=served_at_ms,
        items=[ids[item] for item in served.items],
        scores=packed(served.scores),
        ranker=work.config.ranker,
        model_version=work.scorer.version if work.scorer else "",
        candidates=[ids[item] for item in items],
        fused=packed(work.candidates.scores if moment is None else moment.fused),
        channels=list(considered.channels),
        proposed=packed(considered.proposed),
        features=list(features),
        values=packed(values),
        read=read,
        missing=list(_missing(work)),
    )


def _table(changelog: str) -> str:
    return changelog.removesuffix(".table.v1")


def packed(values: NDArray[np.float32]) -> bytes:
    """Return the numbers, a row after the other, little-endian."""
    return np.ascontiguousarray(values, "<f4").tobytes()


def unpacked(data: bytes, columns: int) -> NDArray[np.float32]:
    """Return (N, columns) what `packed` made."""
    return np.frombuffer(data, "<f4").reshape(-1, columns) if columns else np.empty((0, 0), np.float32)


def _missing(work: Work) -> Iterator[str]:
    yield from (name for name, outcome in work.outcomes.items() if outcome.missing)
    yield from (report.name for report in work.reports if report.failed)
