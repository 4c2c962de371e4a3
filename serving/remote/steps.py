"""Remote steps: each asks another process for what the stages of the same name would do here.

They take the place of those stages (`serving.bff.lines.called`); what comes before and after does not know. Whatever
the answer lacks or has too much, the list keeps its promises: an item that is not known here is left out, one that the
other process did not rank comes last.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from serving.api.recommender.v1.candidates_pb2 import Basis
from serving.api.recommender.v1.ranking_pb2 import RankRequest
from serving.api.recommender.v1.recall_pb2 import ChannelAsk, MultiRecallRequest, MultiRecallResponse
from serving.api.recommender.v1.reranking_pb2 import RerankRequest
from serving.bff.columns import columns, numbered
from serving.bff.work import StageReport, Work
from serving.candidate import Candidates, Proposal
from serving.config import ScenarioConfig
from serving.recall.gather import Outcome, Verdict

Ask: TypeAlias = Callable[[Any, float], Awaitable[Any]]
"""Returns the answer to a message; raises CallError if there is none by the moment, on the event loop's clock."""


@dataclass(frozen=True, slots=True)
class RemoteRecall:
    """Recall and merge, by RecallService, with the channels, limits, weights and budgets of the own gate."""

    ask: Ask

    async def __call__(self, work: Work, until: float) -> None:
        """Set candidates, and the channels' outcomes without their proposals."""
        query, config = work.query, work.config
        answer = await self.ask(
            MultiRecallRequest(
                tenant_id=query.tenant,
                user_id=query.user,
                scenario_id=query.scenario,
                count=config.candidates,
                channels=[_channel(config, name) for name in config.channels],
                as_of_ms=query.as_of_ms,
                exclude_seen=query.exclude_seen,
                context=query.context,
            ),
            until,
        )
        work.outcomes = _outcomes(config, answer)
        work.candidates = numbered(answer.candidates, query.catalogue).candidates
        _note(work, answer.basis)


@dataclass(frozen=True, slots=True)
class RemoteRank:
    """Features and rank, by RankingService."""

    ask: Ask

    async def __call__(self, work: Work, until: float) -> None:
        """Order the candidates by the score that they were given."""
        work.considered = work.candidates
        if not len(work.candidates):
            return
        query = work.query
        answer = await self.ask(
            RankRequest(
                tenant_id=query.tenant,
                user_id=query.user,
                scenario_id=query.scenario,
                candidates=columns(work.candidates, query.catalogue),
                ranker=work.config.ranker,
                as_of_ms=query.as_of_ms,
                context=query.context,
            ),
            until,
        )
        ranked = numbered(answer.candidates, query.catalogue).candidates
        work.candidates = _in_order(work.candidates, ranked)
        work.model_version = answer.model_version
        _note(work, answer.basis)


@dataclass(frozen=True, slots=True)
class RemoteRerank:
    """Rerank, by RerankingService."""

    ask: Ask

    async def __call__(self, work: Work, until: float) -> None:
        """Put the candidates in the order that came back; what is named as taken out there is taken out here."""
        if not len(work.candidates):
            return
        query, before = work.query, work.candidates
        answer = await self.ask(
            RerankRequest(
                tenant_id=query.tenant,
                user_id=query.user,
                scenario_id=query.scenario,
                count=query.count,
                candidates=columns(before, query.catalogue, channels=False),
                as_of_ms=query.as_of_ms,
                exclude_seen=query.exclude_seen,
                context=query.context,
            ),
            until,
        )
        listed = numbered(answer.candidates, query.catalogue).candidates.items
        removed = [query.catalogue.numbers.get(item, -1) for rule in answer.rules for item in rule.removed_item_ids]
        kept = before.take(np.isin(before.items, np.array(removed, np.int32), invert=True))
        work.candidates = kept.take(_first(kept, listed))
        work.orders = {
            rule.rule: before.items[_order(rule.places)] for rule in answer.rules if len(rule.places) == len(before)
        }
        _note(work, answer.basis)


def _channel(config: ScenarioConfig, name: str) -> ChannelAsk:
    own = config.channel(name)
    return ChannelAsk(channel=name, limit=own.limit, weight=own.weight, budget_ms=own.budget_ms)


def _outcomes(config: ScenarioConfig, answer: MultiRecallResponse) -> dict[str, Outcome]:
    missing = dict.fromkeys(answer.failed_channels, Verdict.FAILED) | dict.fromkeys(answer.late_channels, Verdict.LATE)
    return {name: Outcome(missing.get(name, Verdict.OK), Proposal.none()) for name in config.channels}


def _in_order(candidates: Candidates, ranked: Candidates) -> Candidates:
    """Return the candidates in the order of those ranked, with their scores; those that were not ranked come last."""
    order = _first(candidates, ranked.items)
    scores = dict(zip(ranked.items.tolist(), ranked.scores.tolist(), strict=True))
    below = min(0.0, float(ranked.scores.min(initial=0.0))) - 1.0
    taken = candidates.take(order)
    given = np.fromiter((scores.get(item, below) for item in taken.items.tolist()), np.float32, len(taken))
    return Candidates(taken.items, given, taken.proposed, taken.channels)


def _first(candidates: Candidates, items: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return (N,) the places of the candidates: first those of these items, in their order, then the others in theirs.

    Items that are not among the candidates are passed over.
    """
    at = {item: place for place, item in enumerate(candidates.items.tolist())}
    first = [at.pop(item) for item in items.tolist() if item in at]
    return np.array([*first, *at.values()], np.intp)


def _order(places: Sequence[int]) -> NDArray[np.intp]:
    """Return the inverse of what a rule reports: which of the items stood first, second, ..."""
    given = np.fromiter(places, np.int64, len(places))
    shown = np.flatnonzero(given >= 0)
    return shown[np.argsort(given[shown], kind="stable")]


def _note(work: Work, basis: Basis) -> None:
    """Report the stages that failed in the other process as if they had failed here."""
    work.reports += [StageReport(name, 0, len(work.candidates), failed=True) for name in basis.failed_stages]
