"""The decision record of an answer: all that was proposed, what the ranker read, and what it was answered from."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.decision_records import Decision, RowRead
from schemas.packing import NOWHERE, pack_floats, pack_places
from serving.bff.refreshed import SOURCE
from serving.bff.work import Ahead, Work
from serving.candidate import places
from serving.features.rows import RowsOfItems, item_rows, user_rows

AHEAD: Final = "ahead"
"""Source of a decision whose list was made for later: nobody was shown it then."""


def decision(work: Work, request_id: str, served_at_ms: int) -> Decision:
    """Return the record of the answer."""
    if work.ahead is not None:
        return _of_refreshed(work, work.ahead, request_id, served_at_ms)
    query, named = work.query, work.query.catalogue.named
    served = work.candidates.first(query.count)
    values, features = np.empty(0, np.float32), tuple[str, ...]()
    of_user, told = list[RowRead](), RowsOfItems([], [])
    considered = work.candidates if work.considered is None else work.considered
    if work.read is not None:
        rows = places(work.read.moment.candidates, served.items)
        of_user, told = list(user_rows(query)), item_rows(query, work.read, rows)
        if work.features is not None and work.scorer is not None:
            values, features = work.features[rows], work.scorer.features.names
    items = considered.items
    return Decision(
        request_id=request_id,
        tenant_id=query.tenant,
        user_id=query.user,
        scenario=query.scenario,
        as_of=query.as_of_ms,
        served_at=served_at_ms,
        items=named(served.items),
        scores=pack_floats(served.scores),
        ranker=work.config.ranker,
        model_version=work.model_version,
        considered=named(items),
        fused=pack_floats(considered.scores),
        channels=list(considered.channels),
        proposed=pack_floats(considered.proposed),
        features=list(features),
        values=pack_floats(values),
        read=of_user,
        read_items=told.items,
        read_rows=told.rows,
        missing=list(_missing(work)),
        ranked=pack_floats(work.candidates.scores[places(work.candidates.items, items)]),
        removed=[item for gone in work.removed.values() for item in named(gone)],
        removed_by=[rule for rule, gone in work.removed.items() for _ in range(len(gone))],
        order_by=list(work.orders),
        order=_order(work, items),
        arms=dict(work.arms),
        config=work.versions,
        source=AHEAD if work.request.ahead else "",
    )


def _of_refreshed(work: Work, ahead: Ahead, request_id: str, served_at_ms: int) -> Decision:
    """Return the record of an answer from a list made ahead: short, for the record of that list says the rest.

    `read` names the list as a row of the table `refreshed`, and its request id as the chunk.
    """
    query, row = work.query, ahead.row
    return Decision(
        request_id=request_id,
        tenant_id=query.tenant,
        user_id=query.user,
        scenario=query.scenario,
        as_of=query.as_of_ms,
        served_at=served_at_ms,
        items=query.catalogue.named(work.candidates.items),
        scores=pack_floats(work.candidates.scores),
        ranker=row.ranker,
        model_version=row.model_version,
        read=[RowRead(SOURCE, query.user, row.request_id, dict(row.applied))],
        missing=list(_missing(work)),
        source=SOURCE,
    )


def made_by(decision: Decision) -> str:
    """Return the request that made the list which a decision was answered from; empty where it was made for it."""
    return next((read.chunk for read in decision.read if decision.source == SOURCE and read.table == SOURCE), "")


def _order(work: Work, items: NDArray[np.int32]) -> bytes:
    """Return where each of the items stood after each rule, a row a rule; -1 for what a rule took out."""
    stood = np.full((len(work.orders), len(items)), NOWHERE, np.int32)
    for row, (_, after) in zip(stood, work.orders.items(), strict=True):
        row[places(items, after)] = np.arange(len(after), dtype=np.int32)
    return pack_places(stood)


def _missing(work: Work) -> Iterator[str]:
    yield from (name for name, outcome in work.outcomes.items() if outcome.missing)
    yield from (report.name for report in work.reports if report.failed)
