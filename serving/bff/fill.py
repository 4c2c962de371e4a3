"""Fill: a list that is too short is filled up with what is popular, and at last with what is new."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from serving.bff.work import Work
from serving.candidate import Candidates, Proposal
from serving.metrics import Metrics
from serving.recall.gather import Ask, gather
from serving.recall.protocol import Channel

CATALOGUE: Final = "catalogue"
"""Stands for the channel where an item was filled in from the catalogue itself."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Fills up to the count asked for. What is filled in is scored below all that was recalled for the user."""

    hot: Channel
    metrics: Metrics

    async def __call__(self, work: Work, until: float) -> None:
        """Append what is missing, none twice and none that a filter takes out.

        The catalogue needs no waiting and comes last, so a list is empty only where no item may be shown.
        """
        before = len(work.candidates)
        if before >= work.query.count:
            return
        limit = work.query.count + before
        ask = Ask(self.hot, limit, work.config.channel(self.hot.name).budget_ms)
        popular = (await gather(work.query, [ask], until, self.metrics))[self.hot.name].proposal
        work.candidates = _extended(work, self.hot.name, popular)
        while len(work.candidates) < work.query.count:
            newest = _newest(work, limit)
            work.candidates = _extended(work, CATALOGUE, newest)
            if len(newest.items) < limit:
                break
            limit *= 4  # filters took out most of the newest: whoever stopped here would leave the list short
        work.filled = len(work.candidates) - before
        self.metrics.filled.inc(work.filled)


def _newest(work: Work, limit: int) -> Proposal:
    """Return the `limit` items published last of those that may be proposed, scored by their time."""
    items = np.flatnonzero(work.query.eligible).astype(np.int32)
    age = -work.query.catalogue.publish_time[items]
    if limit < len(items):  # a sort of a million items for the sake of twenty would cost the stage its budget
        newest = np.argpartition(age, limit)[:limit]
        items, age = items[newest], age[newest]
    order = np.argsort(age, kind="stable")
    return Proposal(items[order], -age[order].astype(np.float32))


def _extended(work: Work, channel: str, proposal: Proposal) -> Candidates:
    """Return the candidates, and after them as many of the proposal as are missing."""
    have = work.candidates
    fresh = np.isin(proposal.items, have.items, invert=True)
    scores = proposal.scores[fresh]
    more = Candidates(proposal.items[fresh], scores, scores[:, np.newaxis], (channel,))
    more = work.filters.apply(work.query, more)
    more = more.first(work.query.count - len(have))
    return have.joined_by(channel, more.items, more.scores)
