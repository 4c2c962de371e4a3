"""VectorService over real gRPC: vectors as they are published, the nearest available items, and every refusal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import ACTION_INDEX, Action
from serving.api.recommender.v1 import vector_pb2 as pb
from serving.errors import IndexUnavailableError
from serving.models.shelf import Shelf
from serving.query import Recent, UserState
from serving.vectors.service import VectorService
from tests.contracts.profile import CONTRACT
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.models.shelves import ranking_model, recall_model, shelf_of, towers
from tests.serving.offline import Offline, offline
from tests.serving.recall.channels.test_vector import ExactIndex
from tests.serving.serving import Refusal, refusal_of
from topics.vector_store import VectorSpace

OTHER = "other"
IDS = [f"item-{n}" for n in range(6)]
ACTIVE = [True, True, False, True, True, True]
CATEGORY = [0, 1, 0, 1, 0, 1]
MODEL = towers(IDS[:5], {item: [f"category-{kind}"] for item, kind in zip(IDS, CATEGORY, strict=True)}, TENANT)
VECTORS = dict(zip(IDS, MODEL.tensors["vectors"], strict=False))
SHELF = shelf_of(
    MODEL,
    recall_model("als", IDS, TENANT),
    recall_model("ease", IDS, TENANT),
    ranking_model(tenant=TENANT),
    towers(["theirs"], {}, OTHER),
)


def likes(*items: int) -> UserState:
    numbers = np.array(items, np.int32)
    actions = np.full(len(items), ACTION_INDEX[Action.LIKE])
    return UserState(
        Recent(numbers, actions, NOW - np.arange(len(items)), np.zeros(len(items), np.int64)), numbers, {}
    )


def world(*, ready: bool = True, active: list[bool] = ACTIVE) -> FixedWorld:
    return FixedWorld(catalogue_of(active, CATEGORY), {"anna": likes(0, 1)}, ready=ready)


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Offline]:
    async with offline(tmp_path, world(), SHELF) as running:
        yield running


async def vector(serving: Offline, subject: str, name: str, **fields: Any) -> Any:
    request = pb.GetVectorRequest(tenant_id=TENANT, subject=subject, id=name, **fields)
    return await serving.vector.GetVector(request)


async def similar(serving: Offline, **fields: Any) -> Any:
    return await serving.vector.SearchSimilar(pb.SearchSimilarRequest(tenant_id=TENANT, k=9, **fields))


def ids(answer: Any) -> list[str]:
    return [each.item_id for each in answer.items]


async def test_an_item_has_the_vector_that_would_be_published(serving: Offline) -> None:
    answer = await vector(serving, "item", "item-1")
    assert (answer.model, answer.version) == ("retrieval", "v1")
    np.testing.assert_allclose(list(answer.values), VECTORS["item-1"], rtol=1e-5)
    new = await vector(serving, "item", "item-5")
    assert len(new.values) == len(VECTORS["item-1"]), "the model knows its category"
    assert len((await vector(serving, "item", "item-5", model="als")).values) == 3


async def test_a_users_vector_is_of_what_the_user_did(serving: Offline) -> None:
    values = list((await vector(serving, "user", "anna")).values)
    answer = await similar(serving, vector=pb.Values(values=values))
    by_user = await similar(serving, user_id="anna")
    assert (ids(answer), answer.items) == (ids(by_user), by_user.items)
    for each in by_user.items:
        assert each.score == pytest.approx(float(VECTORS[each.item_id] @ np.array(values)), rel=1e-4)


@given(
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.integers(1, 6),
    st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8),
    st.booleans(),
    st.booleans(),
)
@settings(CONTRACT, max_examples=40)
async def test_what_is_found_is_available_nearest_first_and_the_same_in_both_places(
    active: list[bool], k: int, values: list[float], exclude: bool, in_index: bool
) -> None:
    state = world(active=active)
    service = VectorService(state, SHELF, ExactIndex(MODEL), None)  # type: ignore[arg-type]
    request = pb.SearchSimilarRequest(
        tenant_id=TENANT,
        vector=pb.Values(values=values),
        k=k,
        exclude_seen_by="anna" if exclude else "",
        search_in=pb.SEARCH_IN_INDEX if in_index else pb.SEARCH_IN_MODEL,
    )
    answer = await service.SearchSimilar(request, None)
    scores = [each.score for each in answer.items]
    assert scores == sorted(scores, reverse=True)
    products = {item: float(np.float32(vector @ np.array(values, np.float32))) for item, vector in VECTORS.items()}
    left_out = {"item-0", "item-1"} if exclude else set()
    fit = [item for item, n in zip(VECTORS, range(5), strict=True) if active[n] and item not in left_out]
    nearest = sorted((products[item] for item in fit if products[item] > 1e-6), reverse=True)[:k]
    assert [score for score in scores if score > 1e-6] == pytest.approx(nearest, rel=1e-4, abs=1e-6)
    assert set(ids(answer)) <= set(fit)
    assert len(set(ids(answer))) == len(answer.items) <= k


async def test_an_item_is_not_similar_to_itself_and_seen_ones_are_left_out(serving: Offline) -> None:
    answer = await similar(serving, item_id="item-1")
    assert answer.searched_in == pb.SEARCH_IN_MODEL
    assert ids(answer)
    assert not {"item-1", "item-2"} & set(ids(answer)), "the one is itself, the other is hidden"
    unseen = await similar(serving, vector=pb.Values(values=VECTORS["item-0"]), exclude_seen_by="anna")
    assert not {"item-0", "item-1"} & set(ids(unseen))
    assert "item-0" in ids(await similar(serving, vector=pb.Values(values=VECTORS["item-0"])))


async def test_the_index_is_asked_where_it_has_the_loaded_version(tmp_path: Path) -> None:
    index = ExactIndex()
    index.hold(MODEL, {"item-5": VECTORS["item-1"]})
    async with offline(tmp_path, world(), SHELF, index) as serving:
        answer = await similar(serving, item_id="item-1")
        assert answer.searched_in == pb.SEARCH_IN_INDEX
        assert "item-5" in ids(answer), "it came after the model was trained"
        assert "item-5" not in ids(await similar(serving, item_id="item-1", search_in=pb.SEARCH_IN_MODEL))
        index.hold(towers(IDS, {}, TENANT, "v2"))
        assert (await similar(serving, item_id="item-1")).searched_in == pb.SEARCH_IN_MODEL
        refusal = await refused(serving, "SearchSimilar", item_id="item-1", k=1, search_in=pb.SEARCH_IN_INDEX)
        assert refusal.code is grpc.StatusCode.UNAVAILABLE
        assert "v2" in refusal.text


class AwayIndex(ExactIndex):
    """Fails when it is asked for its version, or only when it is searched."""

    knows: bool = True

    async def version(self, space: VectorSpace) -> str | None:
        if not self.knows:
            raise IndexUnavailableError("away")
        return await super().version(space)

    async def search(self, *asked: Any) -> Any:
        raise IndexUnavailableError("away")


class SlowIndex(ExactIndex):
    """Never answers."""

    async def search(self, *asked: Any) -> Any:
        await asyncio.Event().wait()


@pytest.mark.parametrize("knows", [True, False])
async def test_while_an_index_is_away_the_model_answers_unless_the_index_must(tmp_path: Path, knows: bool) -> None:
    index = AwayIndex(MODEL)
    index.knows = knows
    async with offline(tmp_path, world(), SHELF, index) as serving:
        refusal = await refused(serving, "SearchSimilar", item_id="item-1", k=1, search_in=pb.SEARCH_IN_INDEX)
        assert (refusal.code, refusal.text) == (grpc.StatusCode.UNAVAILABLE, "away")
        answer = await similar(serving, item_id="item-1")
        assert answer.searched_in == pb.SEARCH_IN_MODEL
        assert answer.items == (await similar(serving, item_id="item-1", search_in=pb.SEARCH_IN_MODEL)).items


async def test_an_index_that_is_late_is_waited_for_as_long_as_the_call_allows(tmp_path: Path) -> None:
    async with offline(tmp_path, world(), SHELF, SlowIndex(MODEL)) as serving:
        request = pb.SearchSimilarRequest(tenant_id=TENANT, item_id="item-1", k=5)
        assert (await serving.vector.SearchSimilar(request, timeout=2)).searched_in == pb.SEARCH_IN_MODEL
        request.search_in = pb.SEARCH_IN_INDEX
        refusal = await refusal_of(serving.vector.SearchSimilar(request, timeout=2))
    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert "in time" in refusal.text


async def test_without_an_index_to_ask_for_it_is_refused(serving: Offline) -> None:
    refusal = await refused(serving, "SearchSimilar", item_id="item-1", k=1, search_in=pb.SEARCH_IN_INDEX)
    assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
    assert "TIDELINE_MILVUS_URI" in refusal.text


async def test_vectors_are_asked_for_once(serving: Offline) -> None:
    request = pb.GenerateVectorsRequest(tenant_id=TENANT, request_id="r")
    first, again = [await serving.vector.GenerateVectors(request) for _ in range(2)]
    assert first.job_id == again.job_id
    assert [(event.tenant_id, event.kind, event.arguments) for event in serving.log.events] == [
        (TENANT, "vectors", {})
    ]


ITEM = {"subject": "item", "id": "item-1"}
FROM = {"item_id": "item-1", "k": 5}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("GenerateVectors", {"request_id": "r" * 65}, "request_id"),
    ("GetVector", {**ITEM, "subject": ""}, "subject"),
    ("GetVector", {**ITEM, "subject": "author"}, "subject"),
    ("GetVector", {**ITEM, "id": ""}, "id"),
    ("GetVector", {**ITEM, "id": "i" * 257}, "id"),
    ("GetVector", {**ITEM, "model": "a/b"}, "model"),
    ("SearchSimilar", {"k": 5}, "from"),
    ("SearchSimilar", {**FROM, "item_id": ""}, "item_id"),
    ("SearchSimilar", {"user_id": "\n", "k": 5}, "user_id"),
    ("SearchSimilar", {**FROM, "k": 0}, "k"),
    ("SearchSimilar", {**FROM, "k": -1}, "k"),
    ("SearchSimilar", {**FROM, "k": 100_000}, "k"),
    ("SearchSimilar", {**FROM, "model": "M"}, "model"),
    ("SearchSimilar", {**FROM, "exclude_seen_by": "u" * 257}, "exclude_seen_by"),
    ("SearchSimilar", {**FROM, "search_in": 7}, "search_in"),
    ("SearchSimilar", {"vector": pb.Values(), "k": 5}, "vector.values"),
    ("SearchSimilar", {"vector": pb.Values(values=[1.0]), "k": 5}, "vector.values"),
    ("SearchSimilar", {"vector": pb.Values(values=[0.0] * 4097), "k": 5}, "vector.values"),
    ("SearchSimilar", {"vector": pb.Values(values=[float("nan")] * 8), "k": 5}, "vector.values"),
    ("SearchSimilar", {"vector": pb.Values(values=[float("inf")] * 8), "k": 5}, "vector.values"),
]


async def refused(serving: Offline, method: str, tenant: str = TENANT, **fields: Any) -> Refusal:
    request = getattr(pb, f"{method}Request")(tenant_id=tenant, **fields)
    return await refusal_of(getattr(serving.vector, method)(request))


@pytest.mark.parametrize(("method", "fields", "field"), BAD)
async def test_what_is_not_valid_is_refused_by_its_field(
    serving: Offline, method: str, fields: dict[str, Any], field: str
) -> None:
    refusal = await refused(serving, method, **fields)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not serving.log.records


@pytest.mark.parametrize(("method", "fields"), [("GenerateVectors", {}), ("GetVector", ITEM), ("SearchSimilar", FROM)])
async def test_a_tenant_has_to_be_named(serving: Offline, method: str, fields: dict[str, Any]) -> None:
    refusal = await refused(serving, method, "T", **fields)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["tenant_id"])


@pytest.mark.parametrize(
    ("method", "fields", "code"),
    [
        ("GetVector", {**ITEM, "model": "no_such"}, "NOT_FOUND"),
        ("GetVector", {**ITEM, "id": "no"}, "NOT_FOUND"),
        ("GetVector", {**ITEM, "id": "item-2"}, "NOT_FOUND"),
        ("GetVector", {"subject": "user", "id": "new"}, "NOT_FOUND"),
        ("GetVector", {**ITEM, "model": "ease"}, "FAILED_PRECONDITION"),
        ("GetVector", {**ITEM, "model": "deepfm"}, "FAILED_PRECONDITION"),
        ("SearchSimilar", {**FROM, "model": "no_such"}, "NOT_FOUND"),
        ("SearchSimilar", {**FROM, "item_id": "no"}, "NOT_FOUND"),
        ("SearchSimilar", {**FROM, "item_id": "item-2"}, "NOT_FOUND"),
        ("SearchSimilar", {"user_id": "new", "k": 5}, "NOT_FOUND"),
        ("SearchSimilar", {**FROM, "model": "ease"}, "FAILED_PRECONDITION"),
    ],
)
async def test_what_is_not_there_or_makes_no_vectors_is_told(
    serving: Offline, method: str, fields: dict[str, Any], code: str
) -> None:
    assert (await refused(serving, method, **fields)).code is grpc.StatusCode[code]


async def test_before_the_tables_are_read_nothing_is_told(tmp_path: Path) -> None:
    async with offline(tmp_path, world(ready=False), Shelf()) as serving:
        for method, fields in (("GetVector", ITEM), ("SearchSimilar", FROM)):
            assert (await refused(serving, method, **fields)).code is grpc.StatusCode.UNAVAILABLE


async def test_another_tenants_vectors_are_not_reached(tmp_path: Path) -> None:
    index = ExactIndex(MODEL)
    async with offline(tmp_path, world(), SHELF, index) as serving:
        for method, fields in (("GetVector", ITEM), ("SearchSimilar", FROM)):
            assert (await refused(serving, method, OTHER, **fields)).code is grpc.StatusCode.NOT_FOUND
        theirs = {"subject": "item", "id": "theirs"}
        assert (await refused(serving, "GetVector", **theirs)).code is grpc.StatusCode.NOT_FOUND
        assert (await refused(serving, "SearchSimilar", item_id="theirs", k=5)).code is grpc.StatusCode.NOT_FOUND
        ours, other = [
            await serving.vector.GenerateVectors(pb.GenerateVectorsRequest(tenant_id=tenant, request_id="r"))
            for tenant in (TENANT, OTHER)
        ]
        assert ours.job_id != other.job_id
        assert [event.tenant_id for event in serving.log.events] == [TENANT, OTHER]
