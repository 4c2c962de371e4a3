"""Training examples from history: what the pipeline would have recalled then, and what the user did next.

Where nothing was served yet (an imported log), nobody knows what a user saw and left. So the candidates that recall
would have brought stand for it: those that the user took next are positive, all others negative. Tables and recall
models are made of what was before each user's cut alone, so an example tells no more than serving would have known.

Several cuts give several lists a user: the latest tenth, the tenth before it, and so on, each a level. A ranker thus
learns how far to trust recall models on behaviour that those had not seen (Wolpert: Stacked Generalization. 1992).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from deploy.replay.errors import ReplayError
from deploy.replay.pipeline import answers, replay_pipeline
from deploy.replay.recall import fit_recall, shelf_of
from deploy.replay.tables import FoldedTables
from deploy.replay.world import replay_world
from schemas.records import Action, BehaviorEvent, ItemChange
from schemas.strength import POSITIVE_STARS, is_positive
from serving.bff.work import Request, Work
from serving.candidate import Candidates
from serving.config import ScenarioConfig
from serving.query import Query
from serving.ranking.protocol import Scorer
from training.examples import Examples, joined
from training.features.catalog import FEATURES
from training.features.feature_set import FeatureSet
from training.split import per_user

HEADS: Final = ("like", "click")
"""The first one orders lists: of what users rate, what they like is asked for; `click` is any action."""

_COLLECT: Final = "score"


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """How examples are made of history."""

    tenant: str
    scenario: str
    levels: int = 4
    """How many times the latest share of each user's events is cut off."""

    share: float = 0.1
    """Of a user's events that one level has to foretell."""

    least: int = 5
    """Events that a user needs before the cut."""

    positive_stars: float = POSITIVE_STARS / 1000
    """Stars from which on a rate is a like; other actions count by their kind."""

    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Collecting:
    """A ranker that has every feature computed and changes nothing."""

    name: ClassVar[str] = _COLLECT
    features: FeatureSet
    version: str = ""

    def scorer(self, query: Query) -> Scorer | None:
        return self

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.zeros(len(matrix), np.float32)

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        return candidates


def history_examples(
    events: Iterable[BehaviorEvent],
    catalogue: Sequence[ItemChange],
    config: ScenarioConfig,
    settings: HistorySettings,
    report: Callable[[str], None] = lambda what: None,
) -> Examples:
    """Return the examples of all levels, with every feature that there is; a group is a user at a cut.

    Args:
        events: the tenant's behaviour.
        catalogue: what is known of its items.
        config: how serving makes lists; its ranker is left out.
        settings: how many cuts, and where.
        report: is told what is being done.

    Raises UnfitExamplesError if too little was done to cut it.
    """
    before = list(events)
    parts: list[Examples] = []
    for level in range(settings.levels):
        before, after = per_user(before, settings.share)
        parts += _level(before, after, catalogue, config, settings, sum(map(_groups, parts)))
        report(f"level {level + 1} of {settings.levels}: {len(before):,} events before, {len(after):,} after")
    return joined(parts)


def _level(
    before: Sequence[BehaviorEvent],
    after: Sequence[BehaviorEvent],
    catalogue: Sequence[ItemChange],
    config: ScenarioConfig,
    settings: HistorySettings,
    first_group: int,
) -> Iterator[Examples]:
    """Yield one list of examples a user; those of whom no candidate was taken tell nothing about order."""
    features = FeatureSet(list(FEATURES))
    shelf = shelf_of(fit_recall(before, settings.tenant, settings.seed))
    cuts, done, outcome = last_times(before), counts(before), taken(after, settings.positive_stars)
    users = sorted(user for user in outcome if done.get(user, 0) >= settings.least)
    requests = [
        Request(settings.tenant, user, settings.scenario, config.candidates, cuts[user] + 1, exclude_seen=True)
        for user in users
    ]
    collecting = config.model_copy(update={"ranker": _COLLECT, "rules": ()})
    with replay_world(FoldedTables([*catalogue, *before])) as world:
        pipeline = replay_pipeline(world, shelf, collecting, {_COLLECT: _Collecting(features)})
        for work in answers(pipeline, requests):
            examples = _examples(work, outcome[work.request.user], features, first_group)
            if examples.labels[:, 0].any():
                yield examples
                first_group += 1


def _examples(work: Work, outcome: Mapping[str, bool], features: FeatureSet, group: int) -> Examples:
    """Return the candidates of one request as examples, in the order of recall."""
    if work.read is None or work.features is None:
        raise ReplayError(f"no features of the candidates of user {work.request.user}; the ranker must read some")
    items = work.query.catalogue.named(work.read.moment.candidates)
    labels = np.array([[outcome.get(item, False), item in outcome] for item in items], np.float32).reshape(-1, 2)
    count = len(items)
    return Examples(
        features=features.names,
        values=work.features,
        labels=labels,
        group=np.full(count, group, np.int64),
        time=np.full(count, work.query.as_of_ms, np.int64),
        weight=np.ones(count, np.float32),
        heads=HEADS,
    )


def last_times(events: Iterable[BehaviorEvent]) -> dict[str, int]:
    """Return the time of each user's last event, in milliseconds."""
    last: dict[str, int] = {}
    for event in events:
        last[event.user_id] = max(event.event_time, last.get(event.user_id, 0))
    return last


def counts(events: Iterable[BehaviorEvent]) -> dict[str, int]:
    """Return how many events each user has."""
    found: defaultdict[str, int] = defaultdict(int)
    for event in events:
        found[event.user_id] += 1
    return dict(found)


def taken(events: Iterable[BehaviorEvent], positive_stars: float) -> dict[str, dict[str, bool]]:
    """Return the items that each user acted on, and whether one of the actions was positive."""
    found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for event in events:
        own = found[event.user_id]
        own[event.item_id] = own.get(event.item_id, False) or _liked(event, positive_stars)
    return dict(found)


def _liked(event: BehaviorEvent, positive_stars: float) -> bool:
    if event.action == Action.RATE:
        return event.value is not None and event.value >= positive_stars
    return is_positive(event.action, event.value)


def _groups(examples: Examples) -> int:
    return len(examples.starts) - 1
