"""FeatureService over real gRPC: the numbers of the pipeline's own stage, each refusal, and nobody else's rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import grpc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from schemas.model_records import JobStatus
from schemas.records import ACTION_INDEX, Action
from serving.api.recommender.v1 import feature_pb2 as pb
from serving.api.recommender.v1 import model_pb2
from serving.bff.features import Features
from serving.bff.work import Request, Work
from serving.candidate import Candidates
from serving.config import ScenarioConfig
from serving.features.service import FeatureService
from serving.jobs.desk import JobDesk
from serving.models.shelf import Shelf
from serving.query import Query, Recent, UserState
from serving.ranking.rankers import make_rankers
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.models.shelves import FEATURES as READ
from tests.serving.models.shelves import ranking_model, recall_model, shelf_of
from tests.serving.offline import Offline, offline
from tests.serving.serving import Refusal, refusal_of
from training.features.catalog import FEATURES
from training.features.feature import Group

OTHER = "other"
IDS = [f"item-{n}" for n in range(5)]
DAY = 86_400_000


def anna() -> UserState:
    items = np.array([1, 3], np.int32)
    actions = np.array([ACTION_INDEX[Action.LIKE], ACTION_INDEX[Action.CLICK]])
    times = np.array([NOW - 60_000, NOW - 3 * DAY])
    read = {"user_activity.table.v1": {"2": 41}}
    return UserState(Recent(items, actions, times, np.zeros(2, np.int64)), np.sort(items), {"category-0": 1.5}, read)


def world(*, ready: bool = True) -> FixedWorld:
    catalogue = catalogue_of([True] * 5, category=[0, 1, 0, -1, 1], author=[0, 0, 1, 1, -1])
    return FixedWorld(catalogue, {"anna": anna()}, ready=ready)


SHELF = shelf_of(ranking_model(tenant=TENANT), recall_model("ease", IDS, TENANT), ranking_model("wide_deep", OTHER))


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Offline]:
    async with offline(tmp_path, world(), SHELF) as running:
        yield running


def ask(**fields: Any) -> pb.GetFeaturesRequest:
    return pb.GetFeaturesRequest(**({"tenant_id": TENANT, "user_id": "anna", "item_ids": IDS} | fields))


def matrix(found: pb.FeatureMatrix, names: Any) -> NDArray[np.float32]:
    return np.frombuffer(found.values, "<f4").reshape(len(found.item_ids), len(names))


async def test_the_numbers_are_those_of_the_pipelines_stage(serving: Offline) -> None:
    """All but those of recall, which are of an item that nobody proposed."""
    state = world()
    shelf = shelf_of(ranking_model(features=list(FEATURES), tenant=TENANT))
    work = Work(Request(TENANT, "anna", "default", 10, NOW))
    work.query = Query(TENANT, "anna", "default", 10, NOW, state.catalogue(TENANT), anna())
    work.config = ScenarioConfig(ranker="deepfm")
    scores = np.arange(5, 0, -1).astype(np.float32)
    work.candidates = Candidates(np.arange(5, dtype=np.int32), scores, scores[:, np.newaxis], ("hot",))
    await Features(state, MappingProxyType(make_rankers(shelf)))(work, 0.0)
    assert work.features is not None
    answer = await serving.feature.GetFeatures(ask())
    assert list(answer.features) == list(FEATURES)
    told = matrix(answer.matrix, answer.features)
    kept = [place for place, each in enumerate(FEATURES.values()) if each.group is not Group.RECALL]
    assert np.array_equal(told[:, kept], work.features[:, kept])
    assert len(np.unique(told[:, kept], axis=0)) > 1
    for place, each in enumerate(FEATURES.values()):
        if each.group is Group.RECALL:
            assert (told[:, place] == np.float32(each.default)).all(), each.name


def direct(**fields: Any) -> NDArray[np.float32]:
    """Return what the service answers, without a server."""
    service = FeatureService(world(), SHELF, JobDesk(None, None, None), lambda: NOW)  # type: ignore[arg-type]
    answer = asyncio.run(service.GetFeatures(ask(**fields), None))
    return matrix(answer.matrix, answer.features)


WHOLE = direct()


@given(
    st.lists(st.sampled_from(IDS), min_size=1, unique=True),
    st.lists(st.sampled_from(list(FEATURES)), min_size=1, max_size=9, unique=True),
)
def test_a_number_depends_neither_on_the_other_items_nor_on_the_other_features(
    items: list[str], names: list[str]
) -> None:
    rows, columns = [IDS.index(item) for item in items], [list(FEATURES).index(name) for name in names]
    assert np.array_equal(direct(item_ids=items, features=names), WHOLE[rows][:, columns])


async def test_a_models_features_come_with_its_version_and_the_state_with_its_positions(serving: Offline) -> None:
    answer = await serving.feature.GetFeatures(
        ask(model="deepfm", with_rows=True, item_ids=["item-4", "no", "item-0"])
    )
    assert (tuple(answer.features), answer.model_version) == (READ, "v1")
    assert (list(answer.matrix.item_ids), list(answer.unknown_item_ids)) == (["item-4", "item-0"], ["no"])
    assert (answer.as_of_ms, answer.staleness_ms) == (NOW, 42)
    assert next((each.topic, dict(each.offsets)) for each in answer.state) == ("item.table.v1", {0: 17, 1: 4})
    rows = {(row.table, row.id): dict(row.offsets) for row in answer.matrix.rows}
    assert rows["user_activity", "anna"] == {2: 41}
    assert rows["item", "item-4"] == {0: 4}
    assert {name for table, name in rows if table == "item"} == {"item-0", "item-1", "item-3", "item-4"}
    assert not (await serving.feature.GetFeatures(ask())).matrix.rows


async def test_a_moment_in_the_past_knows_less(serving: Offline) -> None:
    names = ["user_recents", "user_actions_1h"]
    now = await serving.feature.GetFeatures(ask(features=names))
    then = await serving.feature.GetFeatures(ask(features=names, as_of_ms=NOW - DAY))
    assert (matrix(now.matrix, names) > matrix(then.matrix, names)).all()


async def test_a_batch_is_each_user_alone(serving: Offline) -> None:
    users = ["new", "anna"]
    request = pb.BatchGetFeaturesRequest(tenant_id=TENANT, user_ids=users, item_ids=[*IDS, "no"], model="deepfm")
    answer = await serving.feature.BatchGetFeatures(request)
    assert [each.user_id for each in answer.matrices] == users
    assert (list(answer.unknown_item_ids), answer.model_version) == (["no"], "v1")
    for each in answer.matrices:
        alone = await serving.feature.GetFeatures(ask(user_id=each.user_id, model="deepfm"))
        assert alone.matrix == each


async def test_items_that_nobody_knows_make_an_empty_matrix(serving: Offline) -> None:
    answer = await serving.feature.GetFeatures(ask(item_ids=["no"]))
    assert (answer.matrix.values, list(answer.unknown_item_ids)) == (b"", ["no"])


async def test_a_dataset_is_asked_for_once(serving: Offline) -> None:
    names = ["hour", "item_age"]
    request = pb.MaterializeRequest(tenant_id=TENANT, dataset="daily", features=names, request_id="r")
    first, again = [await serving.feature.Materialize(request) for _ in range(2)]
    assert first.job_id == again.job_id
    (event,) = serving.log.events
    assert (event.kind, event.status) == ("features", JobStatus.REQUESTED)
    assert event.arguments == {"dataset": "daily", "features": "hour,item_age"}
    job = await serving.model.GetJob(model_pb2.GetJobRequest(tenant_id=TENANT, job_id=first.job_id))
    assert job.kind == "features"


ONE = {"user_id": "anna", "item_ids": IDS}
SOME = {"user_ids": ["anna"], "item_ids": IDS}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("GetFeatures", {**ONE, "user_id": ""}, "user_id"),
    ("GetFeatures", {**ONE, "user_id": "u" * 257}, "user_id"),
    ("GetFeatures", {**ONE, "item_ids": []}, "item_ids"),
    ("GetFeatures", {**ONE, "item_ids": [f"i{n}" for n in range(501)]}, "item_ids"),
    ("GetFeatures", {**ONE, "item_ids": ["a", ""]}, "item_ids[1]"),
    ("GetFeatures", {**ONE, "item_ids": ["a", "b", "a"]}, "item_ids[2]"),
    ("GetFeatures", {**ONE, "item_ids": ["i" * 257]}, "item_ids[0]"),
    ("GetFeatures", {**ONE, "scenario_id": "s" * 65}, "scenario_id"),
    ("GetFeatures", {**ONE, "model": "../deepfm"}, "model"),
    ("GetFeatures", {**ONE, "model": "deepfm", "features": ["hour"]}, "features"),
    ("GetFeatures", {**ONE, "features": ["hour", "recency"]}, "features[1]"),
    ("GetFeatures", {**ONE, "features": ["hour", "hour"]}, "features[1]"),
    ("GetFeatures", {**ONE, "features": [""]}, "features[0]"),
    ("GetFeatures", {**ONE, "as_of_ms": -1}, "as_of_ms"),
    ("GetFeatures", {**ONE, "as_of_ms": NOW + 2 * DAY}, "as_of_ms"),
    ("BatchGetFeatures", {**SOME, "user_ids": []}, "user_ids"),
    ("BatchGetFeatures", {**SOME, "user_ids": [f"u{n}" for n in range(51)]}, "user_ids"),
    ("BatchGetFeatures", {**SOME, "user_ids": ["u", "u"]}, "user_ids[1]"),
    ("BatchGetFeatures", {**SOME, "user_ids": ["\0"]}, "user_ids[0]"),
    ("BatchGetFeatures", {**SOME, "item_ids": []}, "item_ids"),
    ("BatchGetFeatures", {**SOME, "features": ["recency"]}, "features[0]"),
    (
        "BatchGetFeatures",
        {"user_ids": [f"u{n}" for n in range(50)], "item_ids": [f"i{n}" for n in range(500)]},
        "item_ids",
    ),
    ("Materialize", {}, "dataset"),
    ("Materialize", {"dataset": "../other/daily"}, "dataset"),
    ("Materialize", {"dataset": "Daily"}, "dataset"),
    ("Materialize", {"dataset": "d" * 65}, "dataset"),
    ("Materialize", {"dataset": "daily", "source": "dreams"}, "source"),
    ("Materialize", {"dataset": "daily", "format": "csv"}, "format"),
    ("Materialize", {"dataset": "daily", "features": ["recency"]}, "features[0]"),
    ("Materialize", {"dataset": "daily", "features": ["hour", "hour"]}, "features[1]"),
    ("Materialize", {"dataset": "daily", "request_id": "r" * 65}, "request_id"),
]


async def refused(serving: Offline, method: str, tenant: str = TENANT, **fields: Any) -> Refusal:
    request = getattr(pb, f"{method}Request")(tenant_id=tenant, **fields)
    return await refusal_of(getattr(serving.feature, method)(request))


@pytest.mark.parametrize(("method", "fields", "field"), BAD)
async def test_what_is_not_valid_is_refused_by_its_field(
    serving: Offline, method: str, fields: dict[str, Any], field: str
) -> None:
    refusal = await refused(serving, method, **fields)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not serving.log.records


@pytest.mark.parametrize(
    ("method", "fields"), [("GetFeatures", ONE), ("BatchGetFeatures", SOME), ("Materialize", {"dataset": "d"})]
)
async def test_a_tenant_has_to_be_named(serving: Offline, method: str, fields: dict[str, Any]) -> None:
    refusal = await refused(serving, method, "", **fields)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["tenant_id"])


@pytest.mark.parametrize(("method", "fields"), [("GetFeatures", ONE), ("BatchGetFeatures", SOME)])
async def test_what_is_not_there_or_cannot_be_used_is_told(
    serving: Offline, tmp_path: Path, method: str, fields: dict[str, Any]
) -> None:
    assert (await refused(serving, method, **fields, model="no_such")).code is grpc.StatusCode.NOT_FOUND
    assert (await refused(serving, method, **fields, model="ease")).code is grpc.StatusCode.FAILED_PRECONDITION
    async with offline(tmp_path, world(ready=False), Shelf()) as unready:
        assert (await refused(unready, method, **fields)).code is grpc.StatusCode.UNAVAILABLE


async def test_another_tenants_users_items_and_models_are_not_reached(serving: Offline) -> None:
    for method, fields in (("GetFeatures", ONE), ("BatchGetFeatures", SOME)):
        assert (await refused(serving, method, OTHER, **fields)).code is grpc.StatusCode.NOT_FOUND
        assert (await refused(serving, method, **fields, model="wide_deep")).code is grpc.StatusCode.NOT_FOUND
    made = await serving.feature.Materialize(pb.MaterializeRequest(tenant_id=TENANT, dataset="d", request_id="r"))
    theirs = await serving.feature.Materialize(pb.MaterializeRequest(tenant_id=OTHER, dataset="d", request_id="r"))
    assert made.job_id != theirs.job_id
    assert [event.tenant_id for event in serving.log.events] == [TENANT, OTHER]
