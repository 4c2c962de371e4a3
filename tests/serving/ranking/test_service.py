"""RankingService over real gRPC: what it answers, and what of its own it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from serving.api.recommender.v1.candidates_pb2 import Candidates
from serving.api.recommender.v1.ranking_pb2 import RankRequest
from serving.ranking.rankers import RANKERS
from tests.serving.fakes import TENANT, catalogue_of
from tests.serving.models.shelves import ranking_model, shelf_of
from tests.serving.serving import Served, refusal_of, served
from tests.serving.tenants import TwoTenants


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    world = TwoTenants(catalogue_of([True, True, True, False]))
    async with served(world, shelf=shelf_of(ranking_model("deepfm", TENANT))) as running:
        yield running


def request(*items: str, scores: tuple[float, ...] = (), **fields: Any) -> RankRequest:
    given: dict[str, Any] = {
        "tenant_id": TENANT,
        "user_id": "u",
        "candidates": Candidates(item_ids=items, scores=scores),
    }
    return RankRequest(**(given | fields))


async def test_every_item_gets_a_score_by_the_released_model(serving: Served) -> None:
    answer = await serving.ranking.Rank(request("item-0", "item-2", "item-1"))
    assert sorted(answer.candidates.item_ids) == ["item-0", "item-1", "item-2"]
    assert list(answer.candidates.scores) == sorted(answer.candidates.scores, reverse=True)
    assert (answer.ranker, answer.model_version) == ("deepfm", "v1")
    assert not answer.basis.degraded
    assert not answer.unknown_item_ids


async def test_another_ranker_may_be_asked_for(serving: Served) -> None:
    answer = await serving.ranking.Rank(request("item-0", "item-1", scores=(1.0, 2.0), ranker="score"))
    assert list(answer.candidates.item_ids) == ["item-1", "item-0"]
    assert list(answer.candidates.scores) == [2.0, 1.0]
    assert (answer.ranker, answer.model_version) == ("score", "")


@pytest.mark.parametrize("ranker", RANKERS)
async def test_each_ranker_answers(serving: Served, ranker: str) -> None:
    answer = await serving.ranking.Rank(request("item-0", "item-1", ranker=ranker))
    assert answer.ranker == ranker
    assert len(answer.candidates.item_ids) == 2


async def test_what_is_not_known_is_named_and_has_no_score(serving: Served) -> None:
    answer = await serving.ranking.Rank(request("ghost", "item-0", "phantom", ranker="score"))
    assert list(answer.candidates.item_ids) == ["item-0"]
    assert list(answer.unknown_item_ids) == ["ghost", "phantom"]
    nothing = await serving.ranking.Rank(request("ghost"))
    assert (list(nothing.candidates.item_ids), list(nothing.unknown_item_ids)) == ([], ["ghost"])


async def test_another_tenants_item_is_not_known(serving: Served) -> None:
    own = await serving.ranking.Rank(request("secret", tenant_id="other", ranker="score"))
    foreign = await serving.ranking.Rank(request("secret", "item-0", ranker="score"))
    assert list(own.candidates.item_ids) == ["secret"]
    assert (list(foreign.candidates.item_ids), list(foreign.unknown_item_ids)) == (["item-0"], ["secret"])
    back = await serving.ranking.Rank(request("secret", "item-0", tenant_id="other", ranker="score"))
    assert (list(back.candidates.item_ids), list(back.unknown_item_ids)) == (["secret"], ["item-0"])


async def test_as_many_as_allowed_are_ranked(serving: Served) -> None:
    items = [f"x-{number}" for number in range(4999)]
    answer = await serving.ranking.Rank(request(*items, "item-1"))
    assert list(answer.candidates.item_ids) == ["item-1"]
    assert list(answer.unknown_item_ids) == items


@pytest.mark.parametrize("ranker", ["oracle", "Score", "x" * 100_000, "score "])
async def test_an_unknown_ranker_is_refused(serving: Served, ranker: str) -> None:
    refusal = await refusal_of(serving.ranking.Rank(request("item-0", ranker=ranker)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["ranker"])
    assert len(refusal.text) < 1000
