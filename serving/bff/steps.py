"""What the stages between the gate and the answer run, other than filling."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.bff.work import Work
from serving.metrics import Metrics
from serving.ranking.protocol import Ranker
from serving.recall.gather import Ask, gather
from serving.recall.merge import merge
from serving.recall.protocol import Channel
from serving.reranking.rules.pin import PIN


async def take_given(work: Work, until: float) -> None:
    """Take over what the request brings."""
    if work.request.given is not None:
        work.request.given(work)


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
    weights, quotas, guaranteed = work.config.merging
    merged = merge(proposals, weights, quotas=quotas, guaranteed=guaranteed, limit=work.config.candidates)
    # Before the filters and the ranker: what is pinned has to pass the former, and is explained by the latter.
    work.candidates = work.config.pin.brought_in(work.query, merged) if PIN in work.config.rules else merged


async def filter_out(work: Work, until: float) -> None:
    """Take out what may not be shown."""
    work.candidates = work.filters.apply(work.query, work.candidates, work.removed)


@dataclass(frozen=True, slots=True)
class Rank:
    """Scores the candidates with the configured ranker."""

    rankers: Mapping[str, Ranker]

    async def __call__(self, work: Work, until: float) -> None:
        """Order the candidates by their new score."""
        work.considered = work.candidates
        if work.scorer is not None and work.features is not None:
            work.candidates = work.candidates.ranked(work.scorer.scores(work.features))
            work.model_version = work.scorer.version
        else:
            work.candidates = self.rankers[work.config.ranker].rank(work.query, work.candidates)


async def rerank(work: Work, until: float) -> None:
    """Put the ranked candidates in the order that the rules ask for."""
    work.candidates = work.config.rule_chain.apply(work.query, work.candidates, orders=work.orders)
