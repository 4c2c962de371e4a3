"""Remote steps against the services themselves, without gRPC between them: the same list whoever does which part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import Message

from serving.api.recommender.v1.candidates_pb2 import Basis, Candidates
from serving.api.recommender.v1.ranking_pb2 import RankResponse
from serving.api.recommender.v1.recall_pb2 import MultiRecallResponse
from serving.api.recommender.v1.reranking_pb2 import RerankResponse, RuleReport
from serving.bff.lines import PARTS, RANKING, RECALL, RERANKING
from serving.bff.stages import Step
from serving.bff.work import Runs, Work
from serving.call import DEADLINE, REQUEST_ID
from serving.config import CHANNELS
from serving.errors import CallError
from serving.models.shelf import Shelf
from serving.ranking.service import RankingService
from serving.recall.service import RecallService
from serving.remote.steps import Ask, RemoteRank, RemoteRecall, RemoteRerank
from serving.reranking.service import RerankingService
from tests.contracts.pipeline import CONFIG, REQUEST, Case, PipelineContract, answered, listed
from tests.serving.fakes import NOW, FixedChannel, FixedWorld, catalogue_of, state_of

STEPS: Mapping[str, Callable[[Ask], Step]] = {RECALL: RemoteRecall, RANKING: RemoteRank, RERANKING: RemoteRerank}


def asking(method: Callable[[Any, Any], Awaitable[Any]]) -> Ask:
    """Return what asks a service's method as if it were elsewhere: of what is said, only bytes cross."""

    async def ask(message: Message, until: float) -> Any:
        now = asyncio.get_running_loop().time()
        DEADLINE.set(now + 0.8 * (until - now))
        REQUEST_ID.set("r-1")
        answer = await method(type(message).FromString(message.SerializeToString()), None)
        return type(answer).FromString(answer.SerializeToString())

    return ask


def elsewhere(case: Case, parts: tuple[str, ...]) -> dict[str, Step]:
    """Return the steps that ask services, which have the same world, for these parts."""
    there = case.lines()
    methods: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
        RECALL: RecallService(there, clock=lambda: NOW).MultiRecall,
        RANKING: RankingService(there, clock=lambda: NOW).Rank,
        RERANKING: RerankingService(there, clock=lambda: NOW).Rerank,
    }
    return {part: STEPS[part](asking(methods[part])) for part in parts}


class TestInOneProcess(PipelineContract):
    def make(self, case: Case) -> Runs:
        return case.lines()


class TestInManyProcesses(PipelineContract):
    def make(self, case: Case) -> Runs:
        return case.lines(elsewhere(case, tuple(PARTS)))


def case_of(channels: Mapping[str, list[int]], active: int = 6, ranker: str = "score") -> Case:
    given = {name: FixedChannel(name, channels.get(name, [])) for name in CHANNELS}
    world = FixedWorld(catalogue_of([True] * active), {"u": state_of()})
    return Case(world, given, REQUEST, CONFIG.model_copy(update={"ranker": ranker}), Shelf())


@pytest.mark.parametrize("parts", list(chain.from_iterable(combinations(PARTS, size) for size in (1, 2))))
def test_any_part_alone_may_be_elsewhere(parts: tuple[str, ...]) -> None:
    case = case_of({"tag": [3, 1, 2], "hot": [2, 5]})
    work, alone = answered(case, case.lines(elsewhere(case, parts)), case.lines())
    assert listed(work) == listed(alone)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_fails_is_passed_over_and_named(part: str) -> None:
    async def dead(message: Message, until: float) -> Any:
        raise CallError("nobody is there")

    case = case_of({"tag": [3, 1, 2]})
    (work,) = answered(case, case.lines({part: STEPS[part](dead)}))
    assert sorted(listed(work)) == [0, 1, 2, 3, 4, 5]
    assert work.degraded
    assert [report.name for report in work.reports if report.failed] == [PARTS[part].name]


def saying(answer: Message) -> Ask:
    async def ask(message: Message, until: float) -> Any:
        return answer

    return ask


def given_items(*items: int) -> Candidates:
    return Candidates(item_ids=[f"item-{item}" for item in items], scores=[1.0 - place for place in range(len(items))])


def run(case: Case, **answers: Message) -> Work:
    (work,) = answered(case, case.lines({part: STEPS[part](saying(answer)) for part, answer in answers.items()}))
    return work


def test_an_item_that_is_recalled_elsewhere_and_not_known_here_is_left_out() -> None:
    case = case_of({}, active=3)
    work = run(case, recall=MultiRecallResponse(candidates=given_items(1, 99)))
    assert listed(work)[0] == 1
    assert sorted(listed(work)) == [0, 1, 2]


def test_an_item_that_was_not_ranked_elsewhere_comes_last() -> None:
    case = case_of({"tag": [0, 1, 2, 3, 4, 5]})
    work = run(case, ranking=RankResponse(candidates=given_items(4, 2, 77), model_version="v9"))
    assert listed(work) == [4, 2, 0, 1, 3, 5]
    scores = list(work.candidates.scores)
    assert scores == sorted(scores, reverse=True)
    assert work.model_version == "v9"


def test_an_item_is_lost_in_reranking_only_where_a_rule_took_it_out() -> None:
    case = case_of({"tag": [0, 1, 2, 3, 4, 5]})
    rules = [RuleReport(rule="availability", removed_item_ids=["item-3", "item-88"])]
    rules.append(RuleReport(rule="diversity", places=[1, -1, 0, -1, 3, 2]))
    work = run(case, reranking=RerankResponse(candidates=given_items(2, 0, 77), rules=rules))
    assert listed(work) == [2, 0, 1, 4, 5]
    assert work.orders["diversity"].tolist() == [2, 0, 5, 4]


def test_a_stage_that_failed_elsewhere_is_named_as_if_it_had_failed_here() -> None:
    case = case_of({"tag": [0, 1]})
    answer = RankResponse(candidates=given_items(1, 0), basis=Basis(failed_stages=["features"], degraded=True))
    work = run(case, ranking=answer)
    assert work.degraded
    assert [report.name for report in work.reports if report.failed] == ["features"]


def test_nothing_is_asked_about_no_candidates() -> None:
    case = case_of({}, active=0)
    work = run(case, ranking=RankResponse(), reranking=RerankResponse())
    assert listed(work) == []
    assert not work.degraded
    assert np.array_equal(work.candidates.items, np.empty(0, np.int32))
