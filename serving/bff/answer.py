"""The answer as a message: what the stages made of a request."""

from collections.abc import Mapping
from functools import partial
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
        rows = work.query.state.made.once("rows", partial(_rows, work))
        # Bytes of messages, one after the other, are those of one that has the fields of all.
        answer = pb.RecommendResponse.FromString(self._list(work) + self._state_of(work) + rows)
        answer.request_id = request_id
        answer.as_of_ms = work.request.as_of_ms
        answer.staleness_ms = work.staleness_ms
        answer.config_digest = work.config.digest
        if work.filled:
            answer.filled_from_hot = True
        if work.degraded:
            answer.degraded, answer.stale = True, work.stale
            answer.failed_channels.extend(_named(work, Verdict.FAILED))
            answer.late_channels.extend(_named(work, Verdict.LATE))
            answer.failed_stages.extend(report.name for report in work.reports if report.failed)
        if debug:
            answer.arms.update(work.arms)
            answer.config = work.versions
            answer.stages.extend(
                pb.StageReport(name=report.name, micros=report.micros, candidates=report.candidates)
                for report in work.reports
            )
        return answer

    def _list(self, work: Work) -> bytes:
        """Return the bytes of a response that holds the list and what made it, and nothing else."""
        ahead, query = work.ahead, work.query
        if ahead is None or not ahead.whole:
            return self._listed(work)
        # What is kept ready stands for as long as the list does and nothing in the catalogue has another title.
        key = "\0".join((query.tenant, query.user, query.scenario)).encode()
        version = ahead.row.request_id, query.catalogue.version, query.count
        return self._ready.of(key, version, lambda: self._listed(work))

    def _listed(self, work: Work) -> bytes:
        response = _list_of(work)
        response.next_page_token = self._next_page(work, response)
        if work.ahead is not None:
            response.source, response.refreshed_at_ms = SOURCE, work.ahead.row.as_of
            response.ranker, response.model_version = work.ahead.row.ranker, work.ahead.row.model_version
        else:
            response.ranker, response.model_version = work.config.ranker, work.scorer.version if work.scorer else ""
        return response.SerializeToString()

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


def _rows(work: Work) -> bytes:
    """Return the bytes of a response that says how far the user's rows are folded, and nothing else."""
    response = pb.RecommendResponse()
    for table, applied in work.query.state.read.items():
        if applied:
            response.rows.add(topic=table, applied={int(partition): at for partition, at in applied.items()})
    return response.SerializeToString()


def _named(work: Work, verdict: Verdict) -> list[str]:
    return [name for name, outcome in work.outcomes.items() if outcome.verdict is verdict]


def _list_of(work: Work) -> pb.RecommendResponse:
    """Return a response that holds the list, from the top, and nothing else."""
    response = pb.RecommendResponse()
    count, add = work.request.count, response.items.add
    catalogue, channels = work.query.catalogue, work.candidates.channels
    # As plain numbers: to take them out of an array one by one costs more than all else here.
    columns = (work.candidates.items[:count], work.candidates.scores[:count], work.candidates.proposed[:count])
    for position, (item, score, proposed) in enumerate(zip(*(each.tolist() for each in columns), strict=True)):
        # Made in their place: messages that are made apart are copied into it. And set field by field: as arguments
        # of `add` they take twice the time.
        told = add()
        told.item_id, told.title = catalogue.ids[item], catalogue.titles[item]
        told.score, told.position = score, position
        said = told.channels.add
        for channel, by in zip(channels, proposed, strict=True):
            if by == by:  # not NaN
                one = said()
                one.channel, one.score = channel, by
        told.reason = (
            work.ahead.reasons[position]
            if work.ahead is not None
            else reason(work.query, item, told.channels[0].channel)
        )
    return response
