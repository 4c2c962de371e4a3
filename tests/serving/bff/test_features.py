"""The stage `features`: it computes what the configured ranker's model reads, and nothing for any other."""

import asyncio
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from serving.bff.features import Features
from serving.bff.steps import Rank
from serving.bff.work import Request, Work
from serving.candidate import Candidates
from serving.config import ScenarioConfig
from serving.models.shelf import Shelf
from serving.query import Query
from serving.ranking.protocol import Ranker, ReadsFeatures, Scorer
from serving.ranking.rankers import make_rankers
from serving.ranking.rankers.score import Score
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of, query_of
from training.features.feature_set import FeatureSet


@dataclass(frozen=True)
class Reversing:
    """Scores the candidates by their place, the last one best."""

    features: FeatureSet
    version: str = "v1"

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.arange(len(matrix), dtype=np.float32)


@dataclass(frozen=True)
class Reading(Score):
    """A ranker whose model reads these features; none where there is no model."""

    name: ClassVar[str] = "score"
    wanted: FeatureSet | None = None
    asked: list[Query] = field(default_factory=list)

    def scorer(self, query: Query) -> Scorer | None:
        self.asked.append(query)
        return None if self.wanted is None else Reversing(self.wanted)


def work_of(*items: int) -> Work:
    work = Work(Request(TENANT, "u", "default", 10, NOW))
    work.query, work.config = query_of(catalogue_of([True] * 5)), ScenarioConfig(ranker="score")
    scores = np.arange(len(items), 0, -1).astype(np.float32)
    work.candidates = Candidates(np.array(items, np.int32), scores, scores[:, np.newaxis], ("hot",))
    return work


def run(work: Work, ranker: Ranker, world: Any = None) -> Work:
    stage = Features(world or FixedWorld(work.query.catalogue), MappingProxyType({"score": ranker}))
    asyncio.run(stage(work, 0.0))
    return work


def test_a_row_for_each_candidate_in_their_order() -> None:
    ranker = Reading(wanted=FeatureSet(["recall_hot_score", "recall_fused_reciprocal"]))
    work = run(work_of(3, 1, 4), ranker)
    assert work.features is not None
    assert work.features.tolist() == [[3, 1], [2, 0.5], [1, np.float32(1 / 3)]]
    assert work.read is not None
    assert work.read.moment.candidates.tolist() == [3, 1, 4]
    assert ranker.asked == [work.query]


def test_the_model_that_the_features_were_for_ranks() -> None:
    ranker = Reading(wanted=FeatureSet(["hour"]))
    work = run(work_of(3, 1, 4), ranker)
    asyncio.run(Rank({"score": ranker})(work, 0.0))
    assert work.candidates.items.tolist() == [4, 1, 3]
    assert len(ranker.asked) == 1  # not asked again: another model may have been released since


def test_without_features_the_ranker_does_as_without_a_model() -> None:
    ranker = Reading(wanted=FeatureSet(["hour"]))
    work = work_of(3, 1, 4)
    asyncio.run(Rank({"score": ranker})(work, 0.0))
    assert work.candidates.items.tolist() == [3, 1, 4]


def test_without_a_model_nothing_is_read() -> None:
    for ranker in (Score(), Reading(wanted=None)):
        work = run(work_of(3, 1), ranker, world=object())
        assert (work.read, work.features) == (None, None)


def test_no_candidates_are_no_rows() -> None:
    work = run(work_of(), Reading(wanted=FeatureSet(["hour"])))
    assert work.features is not None
    assert work.features.shape == (0, 1)


def test_rankers_of_models_read_features_and_no_others() -> None:
    reading = {name for name, ranker in make_rankers(Shelf()).items() if isinstance(ranker, ReadsFeatures)}
    assert reading == {"deepfm", "wide_deep", "two_tower", "lambdamart"}
