"""Explain: what is asked for, checked, and explanations as messages."""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.decision_records import Decision
from schemas.errors import InvalidFieldError
from schemas.tenancy import check_id
from schemas.text import check_name
from schemas.validation import MAX_REQUEST_ID
from serving.api.recommender.v1 import explanation_pb2 as pb
from serving.bff.decision import made_by
from serving.bff.explain import Explanation, explain
from serving.bff.recorded import Recorded, explained
from serving.errors import DeadlineError, UnknownDecisionError

MAX_ITEMS: Final = 100


async def answer(recorded: Recorded, request: pb.ExplainRequest, until: float) -> pb.ExplainResponse:
    """Return why the items of an answer were shown, or why not.

    Raises InvalidFieldError, UnknownDecisionError if the tenant has no such record, DeadlineError if the search for it
    takes longer than `until`, on the event loop's clock, or as the log does.
    """
    _check(request)
    try:
        decision = await explained(recorded, request.tenant_id, request.request_id, request.user_id or None, until)
    except TimeoutError as error:
        raise DeadlineError("the search for the record of the decision took too long; name its user") from error
    if decision is None:
        raise UnknownDecisionError(f"tenant {request.tenant_id} has no recorded decision {request.request_id}")
    return pb.ExplainResponse(
        request_id=decision.request_id,
        user_id=decision.user_id,
        scenario_id=decision.scenario,
        as_of_ms=decision.as_of,
        ranker=decision.ranker,
        model_version=decision.model_version,
        missing=decision.missing,
        candidates=len(decision.shortlist),
        source=decision.source,
        made_by=made_by(decision),
        items=_items(decision, request.item_ids or decision.items),
    )


def _check(request: pb.ExplainRequest) -> None:
    check_name(request.request_id, "request_id", MAX_REQUEST_ID)
    if request.user_id:
        check_id(request.user_id, "user_id")
    if len(request.item_ids) > MAX_ITEMS:
        raise InvalidFieldError("item_ids", f"must be at most {MAX_ITEMS}, not {len(request.item_ids)}")
    for at, item in enumerate(request.item_ids):
        check_id(item, f"item_ids[{at}]")


def _items(decision: Decision, items: Iterable[str]) -> Iterator[pb.ItemExplanation]:
    for item in items:
        yield _message(explain(decision, item))


def _message(found: Explanation) -> pb.ItemExplanation:
    return pb.ItemExplanation(
        item_id=found.item,
        fate=found.fate,
        told=found.told,
        position=found.position,
        rank=found.rank,
        merged_rank=found.merged_rank,
        score=found.score,
        removed_by=found.removed_by,
        channels=[pb.ChannelOpinion(channel=by.channel, score=by.score, rank=by.rank) for by in found.channels],
        rules=[pb.RuleEffect(rule=by.rule, before=by.before, after=by.after) for by in found.rules],
        features=found.features,
    )
