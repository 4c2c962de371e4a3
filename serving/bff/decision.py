"""The decision record of an answer: all that was proposed, what the ranker read, and what it was answered from."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from schemas.packing import pack_floats
from schemas.records import Decision, RowRead
from serving.bff.work import Work
from serving.candidate import places
from serving.features.rows import rows_read


def decision(work: Work, request_id: str, served_at_ms: int) -> Decision:
    """Return the record of the answer."""
    query, ids = work.query, work.query.catalogue.ids
    served = work.candidates.take(np.arange(min(query.count, len(work.candidates))))
    moment, values = (work.read.moment if work.read else None), np.empty(0, np.float32)
    features: tuple[str, ...] = ()
    considered = work.candidates if work.considered is None else work.considered
    if moment is not None and work.features is not None and work.scorer is not None:
        values = work.features[places(moment.candidates, served.items)]
        features = work.scorer.features.names
    items = considered.items
    return Decision(
        request_id=request_id,
        tenant_id=query.tenant,
        user_id=query.user,
        scenario=query.scenario,
        as_of=query.as_of_ms,
        served_at=served_at_ms,
        items=[ids[item] for item in served.items],
        scores=pack_floats(served.scores),
        ranker=work.config.ranker,
        model_version=work.model_version,
        candidates=[ids[item] for item in items],
        fused=pack_floats(considered.scores),
        channels=list(considered.channels),
        proposed=pack_floats(considered.proposed),
        features=list(features),
        values=pack_floats(values),
        read=list(_rows_read(work, served.items)),
        missing=list(_missing(work)),
        ranked=pack_floats(work.candidates.scores[places(work.candidates.items, items)]),
        removed=[ids[item] for gone in work.removed.values() for item in gone.tolist()],
        removed_by=[rule for rule, gone in work.removed.items() for _ in range(len(gone))],
        arms=dict(work.arms),
        config=work.versions,
    )


def _rows_read(work: Work, served: NDArray[np.int32]) -> Iterator[RowRead]:
    """Yield the rows that the features of the list come from, and how far each was folded; none without features."""
    if work.read is not None:
        yield from rows_read(work.query, work.read, served)


def _missing(work: Work) -> Iterator[str]:
    yield from (name for name, outcome in work.outcomes.items() if outcome.missing)
    yield from (report.name for report in work.reports if report.failed)
