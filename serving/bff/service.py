"""RecommendService: checks the request, runs the pipeline, says what it did."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.at_least.holds import of_user
from serving.at_least.waiting import AtLeast
from serving.bff.asking import optional, request_of, table_positions
from serving.bff.paging import List, PageTokens
from serving.bff.reasons import reason
from serving.bff.work import Runs, Work
from serving.call import DEADLINE, REQUEST_ID
from serving.recall.gather import Verdict


@dataclass(frozen=True, slots=True)
class RecommendService:
    """Serves `recommender.v1.RecommendService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    at_least: AtLeast
    pages: PageTokens = field(default_factory=PageTokens)

    async def Recommend(self, request: pb.RecommendRequest, context: Any) -> pb.RecommendResponse:  # noqa: N802
        """Return the best items for a user; raise InvalidFieldError, or what the pipeline raises."""
        asked = request_of(request, self.clock(), request.count, exclude_seen=optional(request, "exclude_seen"))
        paged = List(asked.tenant, asked.user, asked.scenario)
        asked = replace(asked, earlier=self.pages.shown(paged, request.page_token))
        await self.at_least.reach(request.at_least, of_user(asked.tenant, asked.user))
        work = await self.pipeline.run(asked, DEADLINE.get())
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
        state=table_positions(work.positions),
        staleness_ms=work.staleness_ms,
        stale=work.stale,
        stages=[
            pb.StageReport(name=report.name, micros=report.micros, candidates=report.candidates)
            for report in work.reports
            if debug
        ],
        arms=work.arms if debug else {},
        config=work.versions if debug else "",
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
