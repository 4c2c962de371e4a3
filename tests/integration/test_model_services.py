"""Services of models, features and vectors on the real stack: asked over gRPC, done by a worker, answered with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import orjson
import pytest

from deploy.local.ports import free_ports
from schemas.records import Action, BehaviorEvent, ItemChange
from serving.api.recommender.v1 import (
    feature_pb2,
    feature_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
    vector_pb2,
    vector_pb2_grpc,
)
from tests.integration.conftest import Platform, settled
from tests.integration.test_serving import until_serving
from tests.serving.models.shelves import towers
from topics.events import EventProducer
from training.artifact.storage import save
from training.example_files import ExampleReader

pytestmark = pytest.mark.integration

TENANT, OTHER = "services", "services-other"
START = 1_700_000_000_000
ITEMS = [f"item{number}" for number in range(30)]
TAGS = {item: [f"tag{number % 3}"] for number, item in enumerate(ITEMS)}


@dataclass
class Clients:
    """A server, and what asks it."""

    platform: Platform
    channel: grpc.aio.Channel
    jobs: Path

    def __post_init__(self) -> None:
        self.model: Any = model_pb2_grpc.ModelServiceStub(self.channel)
        self.feature: Any = feature_pb2_grpc.FeatureServiceStub(self.channel)
        self.vector: Any = vector_pb2_grpc.VectorServiceStub(self.channel)
        self.recommend: Any = recommendation_pb2_grpc.RecommendServiceStub(self.channel)

    async def done(self, asked: Any) -> Any:
        """Return the job when it has succeeded; fail with what it says if it does not."""
        request = model_pb2.GetJobRequest(tenant_id=TENANT, job_id=asked.job_id)
        for _ in range(1200):
            job = await self.model.GetJob(request, timeout=10)
            if job.status in ("succeeded", "failed", "cancelled"):
                assert job.status == "succeeded", job.message
                return job
            await asyncio.sleep(0.1)
        return pytest.fail(f"the job was not done: {job}")

    async def until_loaded(self, name: str, version: str) -> Any:
        """Return the model when the server answers with that version."""
        for _ in range(300):
            answer = await self.model.ListModels(model_pb2.ListModelsRequest(tenant_id=TENANT), timeout=10)
            found = {each.model: each for each in answer.models}
            if name in found and found[name].loaded == version:
                return found[name]
            await asyncio.sleep(0.1)
        return pytest.fail(f"the server does not answer with {version}, but {found}")

    async def channels(self, user: str) -> set[str]:
        request = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id=user, count=20)
        answer = await self.recommend.Recommend(request, timeout=10)
        return {channel.channel for item in answer.items for channel in item.channels}


def past() -> list[BehaviorEvent]:
    """Return what 24 users liked: those of a kind the items of a kind, and some that are not."""
    random = np.random.default_rng(3)
    events = []
    for user in range(24):
        own = [place for place in range(30) if place % 3 == user % 3 or random.random() < 0.15]
        for at, place in enumerate(random.permutation(own).tolist()):
            time = START + 1000 * at + user
            name = f"{user}-{place}"
            events.append(BehaviorEvent(name, TENANT, f"u{user}", ITEMS[place], Action.LIKE, time, "default"))
    return events


@pytest.fixture(scope="module")
async def clients(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clients]:
    folder, (port,) = tmp_path_factory.mktemp("services"), free_ports(1)
    tideline = platform.tideline
    with EventProducer(platform.kafka, platform.codecs) as producer:
        for name in ITEMS:
            fields: dict[str, Any] = {"title": name, "tags": TAGS[name], "status": "active"}
            producer.send(ItemChange(f"{name}-new", TENANT, name, "create", START, **fields))
        for event in past():
            producer.send(event)
    async with (
        tideline.start("services-worker", "worker") as worker,
        tideline.start("services-jobs", "train", "--follow", TIDELINE_JOBS_FOLDER=str(folder / "jobs")),
        tideline.start("services", "serve", "--port", str(port), "--state-dir", str(folder / "views")),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        await settled(platform, worker)
        await until_serving(channel)
        yield Clients(platform, channel, folder / "jobs")


async def test_a_model_is_trained_released_and_rolled_back_over_grpc(clients: Clients) -> None:
    versions = []
    for number in range(2):
        request = model_pb2.TrainRequest(tenant_id=TENANT, recipe="ease", request_id=f"train-{number}")
        asked = await clients.model.Train(request, timeout=10)
        assert asked.position.topic == "job.event.v1"
        assert (await clients.model.Train(request, timeout=10)).job_id == asked.job_id
        job = await clients.done(asked)
        versions.append(job.result["version"])
    first, second = versions
    (kept,) = (await clients.model.ListModels(model_pb2.ListModelsRequest(tenant_id=TENANT), timeout=10)).models
    assert (kept.answering, {each.version for each in kept.versions}) == ("", set(versions))
    assert "ease" not in await clients.channels("u0")
    for version in versions:
        release = model_pb2.ReleaseModelRequest(tenant_id=TENANT, model="ease", version=version, force=True)
        released = await clients.model.ReleaseModel(release, timeout=10)
        assert released.position.topic == "model.release.v1"
        told = await clients.until_loaded("ease", version)
        assert told.answering == version
        assert "ease" in await clients.channels("u0")
    back = model_pb2.RollbackModelRequest(tenant_id=TENANT, model="ease", expected_version=second, request_id="back")
    for _ in range(2):
        assert (await clients.model.RollbackModel(back, timeout=10)).version.version == first
    assert [each.version for each in (await clients.until_loaded("ease", first)).versions] == [first, second]
    done = await asyncio.to_thread(clients.platform.tideline.run, "models", "list", "--tenant", TENANT, "--json")
    told = orjson.loads(done.stdout.splitlines()[-1])["models"]["ease"]
    assert [(each["version"], each["request_id"]) for each in told] == [(first, "back"), (second, "")]


async def test_a_dataset_is_written_and_trained_on(clients: Clients) -> None:
    chosen = ["recall_ease_score", "item_popularity", "cross_tag_sum"]
    request = feature_pb2.MaterializeRequest(tenant_id=TENANT, dataset="daily", source="history", features=chosen)
    job = await clients.done(await clients.feature.Materialize(request, timeout=10))
    folder = clients.jobs / TENANT / "datasets" / "daily"
    reader = ExampleReader.open(folder)
    assert reader.features == tuple(chosen)
    assert sum(map(len, reader.batches(1000))) == int(job.result["examples"]) > 0
    train = model_pb2.TrainRequest(tenant_id=TENANT, recipe="lambdamart", dataset="daily")
    version = (await clients.done(await clients.model.Train(train, timeout=10))).result["version"]
    release = model_pb2.ReleaseModelRequest(tenant_id=TENANT, model="lambdamart", version=version)
    await clients.model.ReleaseModel(release, timeout=10)
    await clients.until_loaded("lambdamart", version)
    read = feature_pb2.GetFeaturesRequest(tenant_id=TENANT, user_id="u0", item_ids=ITEMS[:5], model="lambdamart")
    found = await clients.feature.GetFeatures(read, timeout=10)
    assert (list(found.features), found.model_version) == (chosen, version)
    values = np.frombuffer(found.matrix.values, "<f4").reshape(5, 3)
    assert (values[:, 1] > 0).all(), "every item was liked by somebody"


async def test_vectors_are_published_for_their_tenant_alone(clients: Clients, tmp_path: Path) -> None:
    tideline = clients.platform.tideline
    for tenant in (TENANT, OTHER):
        save(tmp_path / tenant, towers(ITEMS, TAGS, tenant, "v1"))
        released = await asyncio.to_thread(tideline.run, "models", "release", str(tmp_path / tenant))
        assert released.returncode == 0, released.stderr
    request = vector_pb2.GenerateVectorsRequest(tenant_id=TENANT)
    job = await clients.done(await clients.vector.GenerateVectors(request, timeout=10))
    assert job.result["complete"] == "2", "those of items and of users"
    for tenant, subjects in ((TENANT, {"item", "user"}), (OTHER, set())):
        listed = await asyncio.to_thread(tideline.run, "vectors", "list", "--tenant", tenant, "--json")
        assert {each["subject"] for each in orjson.loads(listed.stdout.splitlines()[-1])["sets"]} == subjects
    await clients.until_loaded("retrieval", "v1")
    near = vector_pb2.SearchSimilarRequest(tenant_id=TENANT, user_id="u0", k=5, exclude_seen_by="u0")
    answer = await clients.vector.SearchSimilar(near, timeout=10)
    seen = {event.item_id for event in past() if event.user_id == "u0"}
    assert answer.searched_in == vector_pb2.SEARCH_IN_MODEL
    assert not seen & {each.item_id for each in answer.items}


async def test_another_tenant_reaches_none_of_it(clients: Clients) -> None:
    jobs = (await clients.model.ListJobs(model_pb2.ListJobsRequest(tenant_id=TENANT), timeout=10)).jobs
    assert {job.kind for job in jobs} == {"train", "features", "vectors"}
    assert not (await clients.model.ListJobs(model_pb2.ListJobsRequest(tenant_id=OTHER), timeout=10)).jobs
    for method in ("GetJob", "CancelJob"):
        request = getattr(model_pb2, f"{method}Request")(tenant_id=OTHER, job_id=jobs[0].job_id)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await getattr(clients.model, method)(request, timeout=10)
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    release = model_pb2.RollbackModelRequest(tenant_id=OTHER, model="ease")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await clients.model.RollbackModel(release, timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
