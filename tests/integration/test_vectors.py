"""Vectors on the real stack: from a released model over the log into Milvus, and from there into a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import orjson
import pytest
from pymilvus import MilvusClient

from deploy.local.ports import free_ports
from deploy.local.settings import Service, StackSettings
from deploy.local.stack import LocalStack
from schemas.records import Action, BehaviorEvent, ItemChange
from schemas.validation import Event
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc, vector_pb2, vector_pb2_grpc
from tests.integration.conftest import Platform, settled
from tests.integration.test_serving import until_serving
from tests.serving.models.shelves import towers
from topics.events import EventProducer
from topics.vector_store import ID, VectorSpace
from training.artifact.storage import save

pytestmark = pytest.mark.integration

START = 1_700_000_000_000
ITEMS = [f"item{number}" for number in range(8)]
TAGS = {item: [f"tag{number % 2}"] for number, item in enumerate(ITEMS)}
OURS, THEIRS = "vectors", "vectors-other"


@dataclass
class Running:
    """Worker, publisher, sink and server, seen from outside."""

    platform: Platform
    milvus: MilvusClient
    recommend: recommendation_pb2_grpc.RecommendServiceStub
    vector: vector_pb2_grpc.VectorServiceStub
    folder: Path

    def send(self, *events: Event) -> None:
        with EventProducer(self.platform.kafka, self.platform.codecs) as producer:
            for event in events:
                producer.send(event)

    async def tideline(self, *arguments: str) -> Any:
        done = await asyncio.to_thread(self.platform.tideline.run, *arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return orjson.loads(done.stdout.splitlines()[-1])

    async def release(self, tenant: str, version: str, seed: int) -> None:
        folder = self.folder / f"{tenant}-{version}"
        save(folder, towers(ITEMS, TAGS, tenant, version, seed=seed))
        await self.tideline("models", "release", str(folder))

    def held(self, space: VectorSpace) -> set[str]:
        """Return the ids that Milvus answers with for the space."""
        rows = self.milvus.query(space.alias, filter=f'{ID} != ""', output_fields=[ID], limit=100)
        return {row[ID] for row in rows}

    def answering(self, space: VectorSpace) -> str | None:
        names = [name for name in self.milvus.list_collections() if self._aliases(name) & {space.alias}]
        return names[0] if names else None

    def _aliases(self, name: str) -> set[str]:
        return set(self.milvus.list_aliases(name)["aliases"])


async def until(what: str, holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"it did not come to pass that {what}")


def item(name: str, tenant: str = OURS, at: int = START, change: str = "create") -> ItemChange:
    tags = TAGS.get(name, ["tag1"])
    status = None if change == "delete" else "active"
    return ItemChange(f"{name}-{tenant}-{at}", tenant, name, change, at, title=name, tags=tags, status=status)


def like(user: str, name: str, tenant: str = OURS) -> BehaviorEvent:
    return BehaviorEvent(f"{user}-{name}-{tenant}", tenant, user, name, Action.LIKE, START + 5, "feed")


@pytest.fixture(scope="module")
async def running(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("vectors")
    tideline, (port,) = platform.tideline, free_ports(1)
    async with (
        LocalStack(StackSettings.disposable(services=frozenset({Service.MILVUS}))) as stack,
        tideline.start("vectors-worker", "worker") as worker,
        tideline.start("vectors-publisher", "vectors", "publish", "--follow"),
        tideline.start("vectors-sink", "sink", "milvus", TIDELINE_MILVUS_URI=stack.milvus_uri),
        tideline.start(
            "vectors-server",
            *("serve", "--port", str(port), "--state-dir", str(folder / "views")),
            TIDELINE_MILVUS_URI=stack.milvus_uri,
        ),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        milvus = MilvusClient(uri=stack.milvus_uri)
        recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
        found = Running(platform, milvus, recommend, vector_pb2_grpc.VectorServiceStub(channel), folder)
        await until_serving(channel)
        found.send(*(item(name, tenant) for name in ITEMS for tenant in (OURS, THEIRS)))
        found.send(like("anna", "item0"), like("anna", "item2"), like("theo", "item1", THEIRS))
        await settled(platform, worker)
        yield found
        milvus.close()


async def test_a_released_models_vectors_come_into_lists_and_follow_the_catalogue(running: Running) -> None:
    space = VectorSpace(OURS, "item", "retrieval")
    await running.release(OURS, "v1", seed=1)
    await until("v1 answers", lambda: running.answering(space) == space.collection("v1"))
    assert running.held(space) == set(ITEMS)
    users = VectorSpace(OURS, "user", "retrieval")
    await until("users have vectors", lambda: running.answering(users) == users.collection("v1"))
    assert running.held(users) == {"anna"}

    running.send(item("new"))
    await until("a new item has its vector", lambda: "new" in running.held(space))
    running.send(item("item7", at=START + 9, change="delete"), like("bert", "item1"))
    await until("a deleted item has none", lambda: "item7" not in running.held(space))
    await until("a user who acted has one", lambda: running.held(users) == {"anna", "bert"})

    request = pb.RecommendRequest(tenant_id=OURS, user_id="anna", scenario_id="feed", count=10)
    async with asyncio.timeout(30):
        proposed: set[str] = set()
        while "vector" not in proposed:
            answer = await running.recommend.Recommend(request, timeout=10)
            proposed = {each.channel for shown in answer.items for each in shown.channels}
    assert {shown.item_id for shown in answer.items} <= {*ITEMS, "new"} - {"item0", "item2", "item7"}
    (ours,) = [
        each
        for each in (await running.tideline("vectors", "list", "--tenant", OURS))["sets"]
        if each["subject"] == "item"
    ]
    assert (ours["version"], ours["dimension"]) == ("v1", 8)


async def test_a_tenant_has_its_own_vectors_only(running: Running) -> None:
    space = VectorSpace(THEIRS, "item", "retrieval")
    await running.release(THEIRS, "v1", seed=9)
    await until("their v1 answers", lambda: running.answering(space) == space.collection("v1"))
    assert running.held(space) == set(ITEMS), "what only we have is not there"
    assert running.held(VectorSpace(THEIRS, "user", "retrieval")) == {"theo"}
    assert (await running.tideline("vectors", "list", "--tenant", "nobody"))["sets"] == []


async def test_the_next_version_takes_over_when_it_is_complete_and_a_rollback_takes_it_back(running: Running) -> None:
    space = VectorSpace(OURS, "item", "retrieval")
    await running.release(OURS, "v2", seed=2)
    await until("v2 answers", lambda: running.answering(space) == space.collection("v2"))
    assert running.milvus.has_collection(space.collection("v1"))
    await running.tideline("models", "rollback", "retrieval", "--tenant", OURS)
    await until("v1 answers again", lambda: running.answering(space) == space.collection("v1"))
    assert running.held(space) == {*ITEMS, "new"} - {"item7"}


async def similar(running: Running, tenant: str, values: list[float], where: vector_pb2.SearchIn) -> list[str]:
    """Return the nearest items as the server finds them there; wait while it has another version loaded."""
    vector = vector_pb2.Values(values=values)
    request = vector_pb2.SearchSimilarRequest(tenant_id=tenant, vector=vector, k=20, search_in=where)
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await running.vector.SearchSimilar(request, timeout=10)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep(0.1)
            else:
                assert answer.searched_in == where
                return [each.item_id for each in answer.items]


async def test_the_service_searches_in_milvus_what_came_after_training(running: Running) -> None:
    request = vector_pb2.GetVectorRequest(tenant_id=OURS, subject="item", id="new")
    values = list((await running.vector.GetVector(request, timeout=10)).values)
    in_index = await similar(running, OURS, values, vector_pb2.SEARCH_IN_INDEX)
    assert in_index[0] == "new"
    assert "item7" not in in_index, "it was deleted"
    in_model = await similar(running, OURS, values, vector_pb2.SEARCH_IN_MODEL)
    assert in_model == in_index[1:], "the model's own items, in the same order"
    assert "new" not in await similar(running, THEIRS, values, vector_pb2.SEARCH_IN_INDEX)
    request.tenant_id = THEIRS
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await running.vector.GetVector(request, timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_empty_milvus_is_filled_from_the_log(running: Running) -> None:
    space = VectorSpace(OURS, "item", "retrieval")
    again = await running.tideline("vectors", "publish")
    assert {each["tenant_id"] for each in again["sets"]} >= {OURS, THEIRS}
    async with (
        LocalStack(StackSettings.disposable(services=frozenset({Service.MILVUS}))) as stack,
        running.platform.tideline.start("vectors-sink-2", "sink", "milvus", "--uri", stack.milvus_uri),
    ):
        second = replace(running, milvus=MilvusClient(uri=stack.milvus_uri))
        await until("v1 answers there, too", lambda: second.answering(space) == space.collection("v1"))
        assert second.held(space) == {*ITEMS, "new"} - {"item7"}
        second.milvus.close()


async def test_without_milvus_the_sink_says_what_to_set(running: Running) -> None:
    done = await asyncio.to_thread(running.platform.tideline.run, "sink", "milvus")
    assert done.returncode == 1
    assert "TIDELINE_MILVUS_URI" in done.stderr
