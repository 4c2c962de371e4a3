"""What the stages between the gate and the answer run, other than filling."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.bff.work import Work
from serving.metrics import Metrics
from serving.ranking.protocol import Ranker
from serving.recall.gather import Ask, gather
from serving.recall.merge import merge
from serving.recall.protocol import Channel


@dataclass(frozen=True, slots=True)
class Recall:
    """Asks the configured channels, all at once."""

    channels: Mapping[str, Channel]
    metrics: Metrics

    async def __call__(self, work: Work, until: float) -> None:
        """Set the outcomes, in configured order."""
        configured = [(name, work.config.channel(name)) for name in work.config.channels]
        asks = [Ask(self.channels[name], channel.limit, channel.budget_ms) for name, channel in configured]
        work.outcomes = await gather(work.query, asks, until, self.metrics)


async def merge_proposals(work: Work, until: float) -> None:
    """Make one set of candidates of what the channels proposed, each weighted as configured."""
    proposals = {name: outcome.proposal for name, outcome in work.outcomes.items() if not outcome.missing}
    weights = {name: work.config.channel(name).weight for name in proposals}
    work.candidates = merge(proposals, weights, limit=work.config.candidates)


async def filter_out(work: Work, until: float) -> None:
    """Take out what may not be shown."""
    work.candidates = work.config.filter_chain(work.query.exclude_seen).apply(
        work.query, work.candidates, work.removed
    )


@dataclass(frozen=True, slots=True)
class Rank:
    """Scores the candidates with the configured ranker."""

    rankers: Mapping[str, Ranker]

    async def __call__(self, work: Work, until: float) -> None:
        """Order the candidates by their new score."""
        work.considered = work.candidates
        if work.scorer is not None and work.features is not None:
            work.candidates = work.candidates.ranked(work.scorer.scores(work.features))
        else:
            work.candidates = self.rankers[work.config.ranker].rank(work.query, work.candidates)


async def rerank(work: Work, until: float) -> None:
    """Put the ranked candidates in the order that the rules ask for."""
    work.candidates = work.config.rule_chain().apply(work.query, work.candidates, order=work.order)
