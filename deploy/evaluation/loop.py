"""The closed loop: users are shown lists, what they do is trained on, and the next lists are the better for it.

All in one process: the demonstration's users with hidden tastes, dealt into arms; the agents' folds, serving's stages,
and models trained anew before each round on nothing but the events of the rounds before it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from deploy.demo.experiment import ClickRate, Experiment, Plan
from deploy.demo.policies import Offer
from deploy.demo.world import SCENARIO
from deploy.replay.pipeline import replay_pipeline
from deploy.replay.recall import fit_recall, shelf_of
from deploy.replay.tables import FoldedTables
from deploy.replay.world import replay_world
from schemas.records import Action, BehaviorEvent, ItemChange
from serving.bff.pipeline import Pipeline
from serving.bff.work import Request
from serving.candidate import Candidates, places
from serving.config import ScenarioConfig
from serving.query import Query
from serving.ranking.protocol import Scorer
from training.artifact.forward.ranking import RankingModel
from training.artifact.storage import load
from training.errors import UnfitExamplesError
from training.example_files import ExampleReader, ExampleWriter
from training.features.catalog import FEATURES
from training.features.feature_set import FeatureSet
from training.recall.recipe import SHIPPED
from training.recipe import Recipe
from training.run import MODEL, Provenance, run
from training.served import Served, served_examples

TENANT: Final = "loop"
_RANKER: Final = "score"
_FOREVER_S: Final = 1e6
_FEWEST: Final = 400
"""Examples from which on a ranker is trained."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Has every feature computed, to learn from later; scores by the latest model, or as recall if there is none."""

    name: ClassVar[str] = _RANKER
    features: FeatureSet
    model: RankingModel | None
    version: str

    def scorer(self, query: Query) -> Scorer | None:
        """Return this."""
        return self

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,) the probability of a click; falling by place while there is no model."""
        if self.model is None:
            return -np.arange(len(matrix), dtype=np.float32)
        columns = [self.features.names.index(name) for name in self.model.features]
        scores: NDArray[np.float32] = self.model.probabilities(np.ascontiguousarray(matrix[:, columns]))[:, 0]
        return scores

    def rank(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates in the order of recall: what features could not be computed for."""
        return candidates


@dataclass
class Trained:
    """A policy that is trained on all that the log says, and serves from the tables that the log folds into."""

    name: ClassVar[str] = "tideline"
    recipe: Recipe
    config: ScenarioConfig
    folder: Path
    seed: int
    tables: FoldedTables = field(default_factory=FoldedTables)
    events: list[BehaviorEvent] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    features: FeatureSet = field(default_factory=lambda: FeatureSet(list(FEATURES)))
    _open: ExitStack = field(default_factory=ExitStack)
    _pipeline: Pipeline | None = None
    _rounds: int = 0

    async def publish(self, changes: Sequence[ItemChange], events: Sequence[BehaviorEvent]) -> None:
        """Fold what happened, and serve from it from now on."""
        self.tables.fold([*changes, *events])
        self.events += events
        if changes or events:
            self._pipeline = None

    async def offer(self, user: str, count: int, as_of_ms: int) -> Offer:
        """Return what the pipeline answers, and keep what the ranker read of it."""
        pipeline = self._pipeline or self._renewed()
        request = Request(TENANT, user, SCENARIO, count, as_of_ms, exclude_seen=True)
        work = await pipeline.run(request, asyncio.get_running_loop().time() + _FOREVER_S)
        items = work.query.catalogue.named(work.candidates.items[:count])
        request_id = f"{user}-{as_of_ms}"
        if work.features is not None and work.read is not None:
            rows = places(work.read.moment.candidates, work.candidates.items[:count])
            self.served.append(Served(request_id, user, as_of_ms, items, work.features[rows]))
        return Offer(items, request_id)

    def close(self) -> None:
        """Let go of the tables' files."""
        self._open.close()

    def _renewed(self) -> Pipeline:
        """Return a pipeline over the tables as they are, with models trained on the events as they are."""
        self._open.close()
        acted = [event for event in self.events if event.action != Action.IMPRESSION]
        models = []
        for name in SHIPPED:
            try:
                models += fit_recall(acted, TENANT, self.seed, [name])
            except UnfitExamplesError:
                continue  # too little was done yet for this one; the channels of the tables serve
        world = self._open.enter_context(replay_world(self.tables))
        ranker = Ranker(self.features, self._ranker(), str(self._rounds))
        config = self.config.model_copy(update={"ranker": _RANKER})
        self._pipeline = replay_pipeline(world, shelf_of(models), config, {_RANKER: ranker})
        return self._pipeline

    def _ranker(self) -> RankingModel | None:
        """Return a model of what was served and what came of it; None while that is too little."""
        examples = served_examples(self.served, self.events, self.features.names)
        if len(examples) < _FEWEST:
            return None
        self._rounds += 1
        path = self.folder / f"examples-{self._rounds}.arrow"
        with ExampleWriter(path, examples.features, examples.heads) as writer:
            writer.write(examples)
        folder = self.folder / f"run-{self._rounds}"
        try:
            run(self.recipe, ExampleReader.open(path), folder, Provenance(TENANT, f"round-{self._rounds}", 0))
        except UnfitExamplesError:
            return None  # all clicked, or none
        model = load(folder / MODEL)
        return RankingModel.of(model.manifest, model.tensors)


async def play(
    plan: Plan, recipe: Recipe, config: ScenarioConfig, folder: Path, report: Callable[[int], None]
) -> list[Mapping[str, ClickRate]]:
    """Return the click rates by policy, round by round.

    Args:
        plan: size and course.
        recipe: of the ranker.
        config: how lists are made.
        folder: where examples and runs are left.
        report: is told of each round that is done, from 1.
    """
    policy = Trained(recipe, config, folder, plan.seed)
    experiment = Experiment(plan, TENANT, policy, policy.publish)
    try:
        await experiment.history()
        rates: list[Mapping[str, ClickRate]] = []
        for number in range(plan.rounds):
            rates.append(await experiment.round(number))
            report(number + 1)
        return rates
    finally:
        policy.close()


def lift(rates: Sequence[Mapping[str, ClickRate]], over: str = "popular") -> float:
    """Return the click rate of `tideline` over that of another policy, in the second half of the rounds."""
    later = rates[len(rates) // 2 :]
    mine, other = (sum((rate[name] for rate in later), ClickRate(0, 0)).rate for name in (Trained.name, over))
    return mine / other if other else float("inf")


def curves(rates: Sequence[Mapping[str, ClickRate]]) -> Mapping[str, list[float]]:
    """Return each policy's click rates, round by round."""
    return {name: [each[name].rate for each in rates] for name in rates[0]}
