"""Rerun: a recorded request under another configuration, as far as its record goes.

What a record holds is run again exactly: the candidates as the ranker got them, with every channel's score of each,
the ranker's score of each, and what filters took out. So lower limits, other weights, fewer channels, `score`,
`random` and the order of rules can be told. What it does not hold is named with each list that would need it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deploy.counterfactual.errors import NoRerunError
from schemas.decision_records import Decision
from schemas.packing import unpack_floats, unpack_rows
from serving.bff.fill import CATALOGUE
from serving.candidate import Candidates, Proposal
from serving.config import ChannelConfig, ScenarioConfig
from serving.query import Query, Recent, UserState
from serving.ranking.rankers.random import Random
from serving.ranking.rankers.score import Score
from serving.recall.merge import merge
from serving.reranking.rules.diversity import Diversity
from serving.views.catalogue import Catalogue

MODEL_FREE: Final = (Score.name, Random.name)
"""Rankers that need nothing but the candidates."""

EXACT_RULES: Final = frozenset({Diversity.name})
"""Rules that read nothing but the candidates and the catalogue."""

_NOBODY: Final = UserState(
    Recent(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)),
    np.empty(0, np.int32),
    {},
)


@dataclass(frozen=True, slots=True)
class Rerun:
    """What would have been shown."""

    items: Sequence[str]
    unknown: frozenset[str]
    """What the record does not hold of it; the list is as good as it can be known without."""


def rerun(decision: Decision, catalogue: Catalogue, base: ScenarioConfig, other: ScenarioConfig) -> Rerun:
    """Return the list under the other configuration, as long as the recorded one.

    Args:
        decision: of a list that was shown.
        catalogue: the tenant's items, as they are now.
        base: how the list was made; what stands there as in `other` is taken from the record as it is.
        other: how it is made instead.

    Raises:
        NoRerunError: the ranker is one that would need features of all candidates.
    """
    unknown = {*_unknown(decision, base, other)}
    recorded = _candidates(decision, catalogue)
    merged = recorded
    if _merging(base) != _merging(other):
        unknown.add("ranks within a channel are those among the recorded candidates")
        merged = _merged(decision, recorded, other)
    query = Query(
        tenant=decision.tenant_id,
        user=decision.user_id,
        scenario=decision.scenario,
        count=len(decision.items),
        as_of_ms=decision.as_of,
        catalogue=catalogue,
        state=_NOBODY,
    )
    ranked = _ranked(decision, query, recorded, merged, other)
    ordered = other.rule_chain.apply(query, ranked)
    return Rerun(catalogue.named(ordered.items[: query.count]), frozenset(unknown))


def check_ranker(decision: Decision, other: ScenarioConfig) -> None:
    """Raise NoRerunError if the ranker cannot be run again from the record."""
    if other.ranker not in MODEL_FREE and other.ranker != decision.ranker:
        raise NoRerunError(
            f"ranker: {other.ranker} needs features of all candidates, but only those of shown items are recorded; "
            f"{' and '.join(MODEL_FREE)} can be told, and what was recorded: {decision.ranker}"
        )


def _candidates(decision: Decision, catalogue: Catalogue) -> Candidates:
    """Return the recorded candidates, without what was taken out of a list made ahead since."""
    numbers = np.array([catalogue.number(item) for item in decision.shortlist], np.int32)
    proposed = unpack_rows(decision.proposed, len(decision.channels)).reshape(len(numbers), len(decision.channels))
    recorded = Candidates(numbers, unpack_floats(decision.fused), proposed, tuple(decision.channels))
    removed = set(decision.removed)
    return recorded.take(np.array([item not in removed for item in decision.shortlist], np.bool_))


def _merging(config: ScenarioConfig) -> tuple[object, ...]:
    terms = [(name, config.channel(name).weight, config.channel(name).limit) for name in config.channels]
    return (*sorted(terms), config.candidates)


def _merged(decision: Decision, recorded: Candidates, other: ScenarioConfig) -> Candidates:
    """Return the recorded candidates merged anew; a list that is too short then is filled with the others."""
    proposals: dict[str, Proposal] = {}
    for column, channel in enumerate(recorded.channels):
        if channel in other.channels and channel != CATALOGUE:
            scores = np.where(np.isnan(recorded.proposed[:, column]), -np.inf, recorded.proposed[:, column])
            order = np.argsort(-scores, kind="stable")[: int(np.isfinite(scores).sum())]
            order = order[: other.channel(channel).limit]
            proposals[channel] = Proposal(recorded.items[order], scores[order])
    merged = merge(proposals, other.merging.weights, limit=other.candidates)
    missing = len(decision.items) - len(merged)
    rest = recorded.take(np.isin(recorded.items, merged.items, invert=True)).first(max(0, missing))
    below = merged.scores.min(initial=0.0) - 1 - np.arange(len(rest), dtype=np.float32)
    scores = np.concatenate((merged.scores, below)).astype(np.float32)
    items = np.concatenate((merged.items, rest.items))
    return Candidates(items, scores, np.empty((len(items), 0), np.float32), ())


def _ranked(
    decision: Decision, query: Query, recorded: Candidates, merged: Candidates, other: ScenarioConfig
) -> Candidates:
    check_ranker(decision, other)
    if other.ranker == Random.name:
        return Random().rank(query, merged)
    if other.ranker == Score.name or not decision.model_version:
        return merged.ranked(merged.scores)
    number = query.catalogue.numbers
    given = zip(decision.shortlist, unpack_floats(decision.ranked).tolist(), strict=True)
    score = {number[item]: by for item, by in given}
    scores: NDArray[np.float32] = np.array([score[item] for item in merged.items.tolist()], np.float32)
    return merged.ranked(scores)


def _unknown(decision: Decision, base: ScenarioConfig, other: ScenarioConfig) -> Iterator[str]:
    """Yield what the record does not hold of the other configuration."""
    for name in other.channels:
        mine, theirs = base.channel(name), other.channel(name)
        if name not in base.channels:
            if name not in decision.channels:
                yield f"channel {name} was not asked"
        elif theirs.limit > mine.limit:
            yield f"channel {name} was not asked for more than {mine.limit} items"
        if _budget(mine) != _budget(theirs):
            yield f"channel {name} has another budget: whether it would have been in time is not known"
    if other.candidates > base.candidates and _merging(base) != _merging(other):
        yield f"candidates beyond the first {base.candidates} were not ranked"
    for name in set(other.filters) - set(base.filters):
        yield f"what filter {name} would have taken out"
    for name in set(base.filters) - set(other.filters):
        yield f"how what filter {name} took out would have been ranked"
    for name in other.rules:
        if name not in EXACT_RULES:
            yield f"what rule {name} reads besides the catalogue of now"
    if decision.model_version and other.ranker == decision.ranker and _merging(base) != _merging(other):
        yield "the model's scores had recall been another: they are taken as they were"


def _budget(channel: ChannelConfig) -> int:
    return channel.budget_ms
