"""RerankingService over real gRPC: the list, and what each rule did to the items that were given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from serving.api.recommender.v1.candidates_pb2 import Candidates
from serving.api.recommender.v1.reranking_pb2 import RerankRequest, RerankResponse
from tests.serving.fakes import TENANT, catalogue_of, state_of
from tests.serving.serving import Served, served
from tests.serving.tenants import OTHER, SECRET, TwoTenants


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    """Serve items 0 to 4 of one author and 5 of another; 3 is hidden."""
    catalogue = catalogue_of([True, True, True, False, True, True], author=[0, 0, 0, 0, 0, 1])
    async with served(TwoTenants(catalogue, {"knows-1": state_of([1])})) as running:
        yield running


def request(*items: int | str, **fields: Any) -> RerankRequest:
    ids = [item if isinstance(item, str) else f"item-{item}" for item in items]
    scores = [10.0 - place for place in range(len(ids))]
    given: dict[str, Any] = {
        "tenant_id": TENANT,
        "user_id": "u",
        "count": 10,
        "candidates": Candidates(item_ids=ids, scores=scores),
    }
    return RerankRequest(**(given | fields))


def rules(answer: RerankResponse) -> dict[str, tuple[list[str], list[int]]]:
    return {rule.rule: (list(rule.removed_item_ids), list(rule.places)) for rule in answer.rules}


async def test_the_list_is_varied_and_each_rule_says_what_it_did(serving: Served) -> None:
    answer = await serving.reranking.Rerank(request(0, 1, 2, 3, 4, 5))
    assert list(answer.candidates.item_ids) == ["item-0", "item-1", "item-5", "item-2", "item-4"]
    assert list(answer.candidates.scores) == [10.0, 9.0, 5.0, 8.0, 6.0], "each keeps its own"
    assert rules(answer) == {
        "availability": (["item-3"], []),
        "seen": ([], []),
        "diversity": ([], [0, 1, 3, -1, 4, 2]),
    }
    assert not answer.basis.degraded


async def test_only_the_places_that_count_are_varied(serving: Served) -> None:
    answer = await serving.reranking.Rerank(request(0, 1, 2, 4, 5, count=2))
    assert list(answer.candidates.item_ids) == [f"item-{item}" for item in (0, 1, 2, 4, 5)]


@pytest.mark.parametrize(("exclude_seen", "left"), [(None, 1), (True, 1), (False, 2)])
async def test_what_the_user_acted_on_is_taken_out_as_asked(
    serving: Served, exclude_seen: bool | None, left: int
) -> None:
    answer = await serving.reranking.Rerank(request(1, 2, user_id="knows-1", exclude_seen=exclude_seen))
    assert len(answer.candidates.item_ids) == left
    assert ("seen" in rules(answer)) == (exclude_seen is not False)


async def test_unknown_items_and_those_of_other_tenants_are_named_and_left_out(serving: Served) -> None:
    answer = await serving.reranking.Rerank(request("ghost", 2, SECRET))
    assert list(answer.candidates.item_ids) == ["item-2"]
    assert list(answer.unknown_item_ids) == ["ghost", SECRET]
    other = await serving.reranking.Rerank(request("ghost", 2, SECRET, tenant_id=OTHER))
    assert list(other.candidates.item_ids) == [SECRET]
    assert rules(answer)["diversity"] == ([], [-1, 0, -1])


async def test_a_list_may_come_out_empty(serving: Served) -> None:
    answer = await serving.reranking.Rerank(request(3))
    assert list(answer.candidates.item_ids) == []
    assert rules(answer)["availability"] == (["item-3"], [])
