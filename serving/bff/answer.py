"""The answer as a message: what the stages made of a request."""

from collections.abc import Mapping
from typing import Final

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.bff.asking import table_positions
from serving.bff.paging import List, PageTokens
from serving.bff.reasons import reason
from serving.bff.refreshed import SOURCE
from serving.bff.work import Work
from serving.recall.gather import Verdict
from serving.views.cache import VersionedCache

_READY: Final = 10_000
"""Lists made ahead whose items are kept as bytes: 4 kB each for 20 items."""


class Answers:
    """Makes answers. Items of lists made ahead are kept ready: to make them anew would cost as much as all else."""

    def __init__(self, pages: PageTokens | None = None, ready: int = _READY) -> None:
        """Issue tokens of further pages by `pages`; keep the items of so many lists ready."""
        self.pages = pages or PageTokens()
        self._positions: Mapping[str, Mapping[int, int]] = {}
        self._state = b""
        self._ready: VersionedCache[bytes] = VersionedCache(ready)

    def of(self, work: Work, request_id: str, debug: bool) -> pb.RecommendResponse:
        """Return the answer."""
        answer = self._with_items(work)
        answer.request_id = request_id
        answer.degraded = work.degraded
        answer.filled_from_hot = work.filled > 0
        answer.as_of_ms = work.request.as_of_ms
        answer.staleness_ms = work.staleness_ms
        answer.stale = work.stale
        answer.config_digest = work.config.digest
        answer.MergeFromString(self._state_of(work))
        for table, applied in work.query.state.read.items():
            if applied:
                answer.rows.add(topic=table, applied={int(partition): at for partition, at in applied.items()})
        if work.outcomes:
            answer.failed_channels.extend(_named(work, Verdict.FAILED))
            answer.late_channels.extend(_named(work, Verdict.LATE))
        answer.failed_stages.extend(report.name for report in work.reports if report.failed)
        if work.ahead is not None:
            answer.source, answer.refreshed_at_ms = SOURCE, work.ahead.row.as_of
            answer.ranker, answer.model_version = work.ahead.row.ranker, work.ahead.row.model_version
        else:
            answer.ranker, answer.model_version = work.config.ranker, work.scorer.version if work.scorer else ""
        if debug:
            answer.arms.update(work.arms)
            answer.config = work.versions
            answer.stages.extend(
                pb.StageReport(name=report.name, micros=report.micros, candidates=report.candidates)
                for report in work.reports
            )
        return answer

    def _with_items(self, work: Work) -> pb.RecommendResponse:
        ahead, query = work.ahead, work.query
        if ahead is None or not ahead.whole:
            return self._listed(work)
        # What is kept ready stands for as long as the list does and nothing in the catalogue has another title.
        key = "\0".join((query.tenant, query.user, query.scenario)).encode()
        version = ahead.row.request_id, query.catalogue.version, query.count
        ready = self._ready.of(key, version, lambda: self._listed(work).SerializeToString())
        return pb.RecommendResponse.FromString(ready)

    def _listed(self, work: Work) -> pb.RecommendResponse:
        """Return a response that holds the list, and the token of its next page, and nothing else."""
        response = _list_of(work)
        response.next_page_token = self._next_page(work, response)
        return response

    def _next_page(self, work: Work, response: pb.RecommendResponse) -> str:
        """Return the token of the page behind the response; empty where its list has ended."""
        asked = work.request
        if len(response.items) < asked.count:
            return ""
        shown = (*asked.earlier, *(item.item_id for item in response.items))
        return self.pages.issue(List(asked.tenant, asked.user, asked.scenario), shown)

    def _state_of(self, work: Work) -> bytes:
        """Return the positions as bytes of a response: those of the answer before where nothing was read since."""
        if work.positions is not self._positions:
            self._state = pb.RecommendResponse(state=table_positions(work.positions)).SerializeToString()
            self._positions = work.positions
        return self._state


def _named(work: Work, verdict: Verdict) -> list[str]:
    return [name for name, outcome in work.outcomes.items() if outcome.verdict is verdict]


def _list_of(work: Work) -> pb.RecommendResponse:
    """Return a response that holds the list, from the top, and nothing else."""
    response = pb.RecommendResponse()
    count = work.request.count
    catalogue, channels = work.query.catalogue, work.candidates.channels
    # As plain numbers: to take them out of an array one by one costs more than all else here.
    columns = (work.candidates.items[:count], work.candidates.scores[:count], work.candidates.proposed[:count])
    for position, (item, score, proposed) in enumerate(zip(*(each.tolist() for each in columns), strict=True)):
        # Made in their place: messages that are made apart are copied into it.
        told = response.items.add(
            item_id=catalogue.ids[item], title=catalogue.titles[item], score=score, position=position
        )
        for channel, by in zip(channels, proposed, strict=True):
            if by == by:  # not NaN
                told.channels.add(channel=channel, score=by)
        told.reason = (
            work.ahead.reasons[position]
            if work.ahead is not None
            else reason(work.query, item, told.channels[0].channel)
        )
    return response
