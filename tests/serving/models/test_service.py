"""ModelService over real gRPC: what reaches the log, what is told of it, and refusals, after which nothing does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from msgspec.structs import replace

from schemas.model_records import JobStatus
from serving.api.recommender.v1 import model_pb2 as pb
from serving.models.kinds import ready
from tests.serving.fakes import NOW, TENANT
from tests.serving.models.shelves import recall_model
from tests.serving.offline import Offline, offline
from tests.serving.serving import Refusal, refusal_of
from topics.errors import DeliveryError
from training.artifact.model import Model

OTHER = "other"
ITEMS = ["a", "b", "c", "d"]


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Offline]:
    async with offline(tmp_path) as running:
        yield running


def model(version: str, gain: float = 0.1, tenant: str = TENANT) -> Model:
    made = recall_model("ease", ITEMS, tenant)
    return Model(replace(made.manifest, version=version, metrics={"ndcg@10": gain}), made.tensors, made.words)


async def trained(serving: Offline, tenant: str = TENANT, **fields: Any) -> Any:
    return await serving.model.Train(pb.TrainRequest(**({"tenant_id": tenant, "recipe": "ease"} | fields)))


async def release(serving: Offline, version: str, tenant: str = TENANT, **fields: Any) -> Any:
    named = {"tenant_id": tenant, "model": "ease", "version": version}
    return await serving.model.ReleaseModel(pb.ReleaseModelRequest(**(named | fields)))


async def rollback(serving: Offline, **fields: Any) -> Any:
    named = {"tenant_id": TENANT, "model": "ease"}
    return await serving.model.RollbackModel(pb.RollbackModelRequest(**(named | fields)))


async def models(serving: Offline, tenant: str = TENANT) -> list[Any]:
    return list((await serving.model.ListModels(pb.ListModelsRequest(tenant_id=tenant))).models)


async def test_a_job_is_asked_for_and_told_of_until_it_is_done(serving: Offline) -> None:
    asked = await trained(serving, recipe="deepfm", dataset="daily", seed=0, release=True)
    assert (asked.position.topic, asked.position.offset) == ("job.event.v1", 0)
    request = pb.GetJobRequest(tenant_id=TENANT, job_id=asked.job_id)
    job = await serving.model.GetJob(request)
    assert (job.kind, job.status) == ("train", "requested")
    assert dict(job.arguments) == {"recipe": "deepfm", "dataset": "daily", "seed": "0", "release": "true"}
    serving.said(TENANT, asked.job_id, JobStatus.CLAIMED, worker="ann")
    serving.said(TENANT, asked.job_id, JobStatus.RUNNING, worker="ann", progress=0.5, message="epoch 1")
    job = await serving.model.GetJob(request)
    assert (job.status, job.worker, job.progress, job.message, job.heard_at_ms) == (
        "running",
        "ann",
        0.5,
        "epoch 1",
        2,
    )
    serving.said(TENANT, asked.job_id, JobStatus.SUCCEEDED, worker="ann", result={"version": "v1", "folder": "/srv"})
    job = await serving.model.GetJob(request)
    assert (job.status, dict(job.result)) == ("succeeded", {"version": "v1"})


async def test_the_same_request_makes_one_job(serving: Offline) -> None:
    first, again = [await trained(serving, request_id="r") for _ in range(2)]
    assert first.job_id == again.job_id
    assert first.HasField("position")
    assert not again.HasField("position")
    others = [await trained(serving, OTHER, request_id="r"), await trained(serving), await trained(serving)]
    assert len({first.job_id, *(each.job_id for each in others)}) == 4
    refusal = await refusal_of(serving.model.Train(pb.TrainRequest(tenant_id=TENANT, recipe="als", request_id="r")))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["request_id"])
    assert len(serving.log.events) == 4


async def test_jobs_are_listed_the_latest_first_and_chosen(serving: Offline) -> None:
    asked = [(await trained(serving)).job_id for _ in range(3)]
    cancelled = await serving.model.CancelJob(pb.CancelJobRequest(tenant_id=TENANT, job_id=asked[0]))
    assert cancelled.status == "cancelled"

    async def listed(**fields: Any) -> tuple[list[str], int]:
        answer = await serving.model.ListJobs(pb.ListJobsRequest(tenant_id=TENANT, **fields))
        return [job.job_id for job in answer.jobs], answer.more

    assert await listed() == (asked[::-1], 0)
    assert await listed(count=2) == (asked[:0:-1], 1)
    assert await listed(status="cancelled") == (asked[:1], 0)
    assert await listed(kind="vectors") == ([], 0)


async def test_what_has_ended_is_not_cancelled(serving: Offline) -> None:
    asked = await trained(serving)
    request = pb.CancelJobRequest(tenant_id=TENANT, job_id=asked.job_id)
    await serving.model.CancelJob(request)
    written = len(serving.log.events)
    assert (await serving.model.CancelJob(request)).status == "cancelled"
    assert len(serving.log.events) == written


async def test_what_is_in_the_store_is_released_and_taken_back(serving: Offline) -> None:
    for version, gain in (("v1", 0.1), ("v2", 0.2)):
        serving.store.put(model(version, gain))
    (kept,) = await models(serving)
    assert (kept.model, kept.answering, kept.loaded) == ("ease", "", "")
    assert [(each.version, each.number) for each in kept.versions] == [("v1", 0), ("v2", 0)]
    first = await release(serving, "v1")
    assert (first.version.number, first.version.released_at_ms) == (1, NOW)
    assert first.position.topic == "model.release.v1"
    assert dict(first.version.metrics) == {"ndcg@10": 0.1}
    serving.shelf.put(ready(model("v1")))
    assert (await release(serving, "v2", expected_version="v1")).version.number == 2
    (told,) = await models(serving)
    assert (told.answering, told.loaded) == ("v2", "v1")
    assert [(each.version, each.number) for each in told.versions] == [("v2", 2), ("v1", 1)]
    assert (await rollback(serving)).version.version == "v1"
    assert (await rollback(serving, version="v2")).version.version == "v2"
    assert [each.version for each in serving.log.released] == ["v1", "v2", "v1", "v2"]


async def test_the_version_that_answers_is_not_released_again(serving: Offline) -> None:
    serving.store.put(model("v1"))
    await release(serving, "v1")
    again = await release(serving, "v1")
    assert (again.version.number, again.HasField("position")) == (1, False)
    assert len(serving.log.released) == 1


async def test_a_rollback_that_is_sent_again_goes_back_once(serving: Offline) -> None:
    for version in ("v1", "v2"):
        serving.store.put(model(version))
        await release(serving, version)
    first, again = [await rollback(serving, request_id="r") for _ in range(2)]
    assert first.version == again.version
    assert (first.HasField("position"), again.HasField("position")) == (True, False)
    assert len(serving.log.released) == 3


async def test_a_worse_version_needs_force_and_another_answer_aborts(serving: Offline) -> None:
    for version, gain in (("good", 0.2), ("bad", 0.1)):
        serving.store.put(model(version, gain))
    await release(serving, "good")
    refusal = await refusal_of(release_call(serving, "bad"))
    assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
    assert "0.1000" in refusal.text
    refusal = await refusal_of(release_call(serving, "bad", force=True, expected_version="bad"))
    assert refusal.code is grpc.StatusCode.ABORTED
    assert len(serving.log.released) == 1
    assert (await release(serving, "bad", force=True)).version.number == 2
    assert (await release(serving, "good")).version.number == 3, "released before, and better"
    assert (await refusal_of(release_call(serving, "bad"))).code is grpc.StatusCode.FAILED_PRECONDITION
    assert (await release(serving, "bad", metric="recall@10")).version.number == 4, "neither tells that one"


def release_call(serving: Offline, version: str, **fields: Any) -> Any:
    named = {"tenant_id": TENANT, "model": "ease", "version": version}
    return serving.model.ReleaseModel(pb.ReleaseModelRequest(**(named | fields)))


BAD = [
    ("Train", {"recipe": ""}, "recipe"),
    ("Train", {"recipe": "../../etc/passwd"}, "recipe"),
    ("Train", {"recipe": "r" * 65}, "recipe"),
    ("Train", {"recipe": "ease", "dataset": "../other"}, "dataset"),
    ("Train", {"recipe": "ease", "dataset": "d" * 65}, "dataset"),
    ("Train", {"recipe": "ease", "seed": -1}, "seed"),
    ("Train", {"recipe": "ease", "seed": 2**32}, "seed"),
    ("Train", {"recipe": "ease", "request_id": "r" * 65}, "request_id"),
    ("Train", {"recipe": "ease", "request_id": "a\0b"}, "request_id"),
    ("GetJob", {}, "job_id"),
    ("GetJob", {"job_id": "j" * 65}, "job_id"),
    ("CancelJob", {}, "job_id"),
    ("CancelJob", {"job_id": "\n"}, "job_id"),
    ("ListJobs", {"count": -1}, "count"),
    ("ListJobs", {"count": 100_000}, "count"),
    ("ListJobs", {"kind": "shutdown"}, "kind"),
    ("ListJobs", {"status": "asleep"}, "status"),
    ("ReleaseModel", {"version": "v1"}, "model"),
    ("ReleaseModel", {"model": "Ease", "version": "v1"}, "model"),
    ("ReleaseModel", {"model": "ease"}, "version"),
    ("ReleaseModel", {"model": "ease", "version": "../v1"}, "version"),
    ("ReleaseModel", {"model": "ease", "version": "v" * 65}, "version"),
    ("ReleaseModel", {"model": "ease", "version": "v1", "metric": "m" * 65}, "metric"),
    ("ReleaseModel", {"model": "ease", "version": "v1", "expected_version": "/"}, "expected_version"),
    ("ReleaseModel", {"model": "ease", "version": "v1", "request_id": "r" * 65}, "request_id"),
    ("RollbackModel", {}, "model"),
    ("RollbackModel", {"model": "ease", "version": ".."}, "version"),
    ("RollbackModel", {"model": "ease", "expected_version": " "}, "expected_version"),
    ("RollbackModel", {"model": "ease", "request_id": "\x1b"}, "request_id"),
]
METHODS = ("Train", "GetJob", "ListJobs", "CancelJob", "ListModels", "ReleaseModel", "RollbackModel")


async def refused(serving: Offline, method: str, tenant: str = TENANT, **fields: Any) -> Refusal:
    request = getattr(pb, f"{method}Request")(tenant_id=tenant, **fields)
    return await refusal_of(getattr(serving.model, method)(request))


@pytest.mark.parametrize(("method", "fields", "field"), BAD)
async def test_what_is_not_valid_is_refused_by_its_field(
    serving: Offline, method: str, fields: dict[str, Any], field: str
) -> None:
    serving.store.put(model("v1"))
    refusal = await refused(serving, method, **fields)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not serving.log.records


@pytest.mark.parametrize("tenant", ["", "Not One", "t" * 64])
@pytest.mark.parametrize("method", METHODS)
async def test_a_tenant_has_to_be_named(serving: Offline, method: str, tenant: str) -> None:
    refusal = await refused(serving, method, tenant)
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["tenant_id"])


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("GetJob", {"job_id": "none"}),
        ("CancelJob", {"job_id": "none"}),
        ("ReleaseModel", {"model": "ease", "version": "v9"}),
        ("ReleaseModel", {"model": "nothing", "version": "v1"}),
        ("RollbackModel", {"model": "nothing"}),
        ("RollbackModel", {"model": "ease", "version": "v9"}),
        ("RollbackModel", {"model": "ease"}),
    ],
)
async def test_what_does_not_exist_is_not_found(serving: Offline, method: str, fields: dict[str, Any]) -> None:
    serving.store.put(model("v1"))
    await release(serving, "v1")
    assert (await refused(serving, method, **fields)).code is grpc.StatusCode.NOT_FOUND
    assert len(serving.log.released) == 1
    assert not serving.log.events


async def test_another_tenant_reaches_neither_jobs_nor_models(serving: Offline) -> None:
    job = (await trained(serving)).job_id
    for version in ("v1", "v2"):
        serving.store.put(model(version))
        await release(serving, version)
    serving.store.put(model("v3"))
    serving.shelf.put(ready(model("v2")))
    written = {at: len(records) for at, records in serving.log.records.items()}
    for method, fields in (
        ("GetJob", {"job_id": job}),
        ("CancelJob", {"job_id": job}),
        ("ReleaseModel", {"model": "ease", "version": "v3"}),
        ("ReleaseModel", {"model": "ease", "version": "v1", "force": True}),
        ("RollbackModel", {"model": "ease", "version": "v1"}),
    ):
        refusal = await refused(serving, method, OTHER, **fields)
        assert refusal.code is grpc.StatusCode.NOT_FOUND, method
    assert not (await serving.model.ListJobs(pb.ListJobsRequest(tenant_id=OTHER))).jobs
    assert await models(serving, OTHER) == []
    assert {at: len(records) for at, records in serving.log.records.items()} == written
    theirs = (await trained(serving, OTHER)).job_id
    assert serving.log.events[-1].tenant_id == OTHER
    answer = await serving.model.ListJobs(pb.ListJobsRequest(tenant_id=TENANT))
    assert [each.job_id for each in answer.jobs] == [job]
    assert theirs != job


async def test_a_broker_that_is_away_is_told(tmp_path: Path) -> None:
    async with offline(tmp_path, error=DeliveryError("away")) as serving:
        serving.store.put(model("v1"))
        for method, fields in (("Train", {"recipe": "ease"}), ("ReleaseModel", {"model": "ease", "version": "v1"})):
            assert (await refused(serving, method, **fields)).code is grpc.StatusCode.UNAVAILABLE


async def test_a_retry_of_a_request_that_did_not_get_through_is_a_first_one(tmp_path: Path) -> None:
    async with offline(tmp_path, error=DeliveryError("away")) as serving:
        await refused(serving, "Train", recipe="ease", request_id="r")
        serving.log.error = None
        assert (await trained(serving, request_id="r")).HasField("position")
