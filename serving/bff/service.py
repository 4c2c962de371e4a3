"""RecommendService: checks the request, runs the pipeline, says what it did."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_id
from schemas.text import check_name, check_text
from schemas.validation import MAX_CONTEXT, MAX_SCENARIO, MAX_VALUE_TEXT, MAX_WORD
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1.common_pb2 import TablePosition
from serving.bff.paging import List, PageTokens
from serving.bff.reasons import reason
from serving.bff.work import Request, Work
from serving.call import DEADLINE, REQUEST_ID
from serving.clock import check_as_of
from serving.recall.gather import Verdict

MAX_COUNT: Final = 500
DEFAULT_SCENARIO: Final = "default"


class Runs(Protocol):
    """What takes a request through the stages: a pipeline, or whatever chooses one for it."""

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the stages made of the request; see `Pipeline.run`."""
        ...


@dataclass(frozen=True, slots=True)
class RecommendService:
    """Serves `recommender.v1.RecommendService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    pages: PageTokens = field(default_factory=PageTokens)

    async def Recommend(self, request: pb.RecommendRequest, context: Any) -> pb.RecommendResponse:  # noqa: N802
        """Return the best items for a user; raise InvalidFieldError, or what the pipeline raises."""
        work = await self.pipeline.run(_checked(request, self.clock(), self.pages), DEADLINE.get())
        response = _response(work, REQUEST_ID.get(), request.debug)
        response.next_page_token = _next_page(work, response, self.pages)
        return response


def _next_page(work: Work, response: pb.RecommendResponse, pages: PageTokens) -> str:
    """Return the token of the page behind the response; empty where its list has ended."""
    asked = work.request
    if len(response.items) < asked.count:
        return ""
    shown = (*asked.earlier, *(item.item_id for item in response.items))
    return pages.issue(List(asked.tenant, asked.user, asked.scenario), shown)


def _checked(request: pb.RecommendRequest, now_ms: int, pages: PageTokens) -> Request:
    """Return the request if every field is within its range; raise InvalidFieldError, which names the field."""
    check_id(request.user_id, "user_id")
    scenario = request.scenario_id or DEFAULT_SCENARIO
    check_name(scenario, "scenario_id", MAX_SCENARIO)
    if not 1 <= request.count <= MAX_COUNT:
        raise InvalidFieldError("count", f"must be 1 to {MAX_COUNT}, not {request.count}")
    as_of_ms = check_as_of(request.as_of_ms if request.HasField("as_of_ms") else now_ms, now_ms)
    if len(request.context) > MAX_CONTEXT:
        raise InvalidFieldError("context", f"must be at most {MAX_CONTEXT} entries, not {len(request.context)}")
    for name, value in request.context.items():
        check_name(name, "context", MAX_WORD)
        check_text(value, f"context[{name}]", MAX_VALUE_TEXT)
    return Request(
        tenant=request.tenant_id,
        user=request.user_id,
        scenario=scenario,
        count=request.count,
        as_of_ms=as_of_ms,
        exclude_seen=request.exclude_seen if request.HasField("exclude_seen") else None,
        context=dict(request.context),
        earlier=pages.shown(List(request.tenant_id, request.user_id, scenario), request.page_token),
    )


def _response(work: Work, request_id: str, debug: bool) -> pb.RecommendResponse:
    def named(verdict: Verdict) -> list[str]:
        return [name for name, outcome in work.outcomes.items() if outcome.verdict is verdict]

    return pb.RecommendResponse(
        items=_items(work),
        request_id=request_id,
        degraded=work.degraded,
        filled_from_hot=work.filled > 0,
        failed_channels=named(Verdict.FAILED),
        late_channels=named(Verdict.LATE),
        failed_stages=[report.name for report in work.reports if report.failed],
        as_of_ms=work.request.as_of_ms,
        state=[TablePosition(topic=topic, offsets=offsets) for topic, offsets in sorted(work.positions.items())],
        staleness_ms=work.staleness_ms,
        stale=work.stale,
        stages=[
            pb.StageReport(name=report.name, micros=report.micros, candidates=report.candidates)
            for report in work.reports
            if debug
        ],
    )


def _items(work: Work) -> Iterator[pb.RecommendedItem]:
    """Yield the list, from the top."""
    count = work.request.count
    catalogue, channels = work.query.catalogue, work.candidates.channels
    # As plain numbers: to take them out of an array one by one costs more than all else here.
    columns = (work.candidates.items[:count], work.candidates.scores[:count], work.candidates.proposed[:count])
    for position, (item, score, proposed) in enumerate(zip(*(each.tolist() for each in columns), strict=True)):
        said = [(channel, by) for channel, by in zip(channels, proposed, strict=True) if by == by]  # not NaN
        yield pb.RecommendedItem(
            item_id=catalogue.ids[item],
            title=catalogue.titles[item],
            score=score,
            position=position,
            channels=[pb.ChannelScore(channel=channel, score=by) for channel, by in said],
            reason=reason(work.query, item, said[0][0]),
        )
