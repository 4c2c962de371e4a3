"""Serving on the real stack: what is tracked lands in the log and changes the next answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import orjson
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.ports import free_ports
from schemas.decision_records import Decision
from schemas.records import ItemChange
from serving.api.recommender.v1 import (
    behavior_pb2,
    behavior_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
    user_pb2,
    user_pb2_grpc,
)
from serving.roster import SERVICES
from tests.integration.conftest import Platform
from tests.serving.models.shelves import ranking_model
from topics.catalog import BEHAVIOR, DECISIONS
from topics.events import EventProducer
from topics.offsets import Partition
from training.artifact.storage import save
from training.example_files import ExampleReader
from training.features.catalog import FEATURES

pytestmark = pytest.mark.integration

TENANT = "serving"
START = 1_700_000_000_000


@dataclass
class Clients:
    """A running worker and server, seen from outside."""

    platform: Platform
    recommend: recommendation_pb2_grpc.RecommendServiceStub
    behavior: behavior_pb2_grpc.BehaviorServiceStub
    channel: grpc.aio.Channel

    async def listed(self, user: str, count: int = 20) -> list[str]:
        request = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id=user, count=count)
        answer = await self.recommend.Recommend(request, timeout=10)
        return [item.item_id for item in answer.items]

    async def until_listed(self, user: str, items: set[str]) -> None:
        """Return when the user is shown just these items; fail with what is shown instead."""
        shown: list[str] = []
        try:
            async with asyncio.timeout(30):
                while set(shown) != items:
                    shown = await self.listed(user)
        except TimeoutError:
            pytest.fail(f"{user} is shown {shown}, not {items}")

    def written(self) -> int:
        """Return how many behaviour events the log holds."""
        offsets = self.platform.offsets
        return sum(offsets.end(offsets.partitions(BEHAVIOR.name)).values())

    def send(self, *events: ItemChange) -> None:
        with EventProducer(self.platform.kafka, self.platform.codecs) as producer:
            for event in events:
                producer.send(event)


def item(number: int, change: str = "create", status: str | None = "active", at: int = START) -> ItemChange:
    return ItemChange(
        event_id=f"{change}-{number}-{at}",
        tenant_id=TENANT,
        item_id=f"item-{number}",
        change=change,
        event_time=at,
        title=f"Title {number}" if change == "create" else None,
        publish_time=at if change == "create" else None,
        status=status,
    )


def tracked(user: str, item_id: str, action: str = "click") -> behavior_pb2.TrackEventRequest:
    event = behavior_pb2.BehaviorEvent(user_id=user, item_id=item_id, action=action)
    return behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event)


@pytest.fixture(scope="module")
async def clients(platform: Platform) -> AsyncIterator[Clients]:
    (port,) = free_ports(1)
    serve = ("serve", "--port", str(port), "--state-dir", str(platform.tideline.folder / "views"))
    async with (
        platform.tideline.start("serving-worker", "worker"),
        platform.tideline.start("serving", *serve),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
        running = Clients(platform, recommend, behavior_pb2_grpc.BehaviorServiceStub(channel), channel)
        await until_serving(channel)
        running.send(*(item(number) for number in range(1, 6)))
        await until_known(running)
        yield running


async def until_serving(channel: grpc.aio.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest(service=SERVICES["recommend"].full_name)
    async with asyncio.timeout(60):
        async for answer in stub.Watch(request, wait_for_ready=True):
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return


async def until_known(running: Clients) -> None:
    """Return when the tenant's items have arrived; before the first one the tenant is not known."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await running.until_listed("nobody", {f"item-{n}" for n in range(1, 6)})
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                await asyncio.sleep(0.05)


async def test_what_is_acted_on_is_in_the_log_and_not_shown_again(clients: Clients) -> None:
    answer = await clients.behavior.TrackEvent(tracked("anna", "item-3"))
    position = answer.event.position
    at = Partition(position.topic, position.partition)
    (batch,) = clients.platform.reader.read({at: position.offset}, {at: position.offset + 1})
    written = clients.platform.codecs.of(BEHAVIOR).decode(batch.records[0].value())
    assert (written.event_id, written.user_id, written.item_id) == (answer.event.event_id, "anna", "item-3")
    await clients.until_listed("anna", {"item-1", "item-2", "item-4", "item-5"})
    await clients.until_listed("bert", {f"item-{n}" for n in range(1, 6)})


async def test_a_hidden_item_is_served_to_nobody(clients: Clients) -> None:
    clients.send(item(5, change="update", status="hidden", at=START + 1))
    await clients.until_listed("carl", {f"item-{n}" for n in range(1, 5)})
    clients.send(item(5, change="update", status="active", at=START + 2))
    await clients.until_listed("carl", {f"item-{n}" for n in range(1, 6)})


async def test_a_refused_event_leaves_the_log_as_it_was(clients: Clients) -> None:
    before = clients.written()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await clients.behavior.TrackEvent(tracked("dora", "item-1", action="teleport"))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert clients.written() == before


async def proposing(clients: Clients, user: str) -> set[str]:
    """Return the channels that proposed what the user is shown."""
    request = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id=user, count=20)
    answer = await clients.recommend.Recommend(request, timeout=10)
    return {channel.channel for item in answer.items for channel in item.channels}


async def until_proposing(clients: Clients, user: str, channel: str) -> None:
    found: set[str] = set()
    async with asyncio.timeout(30):
        while channel not in found:
            found = await proposing(clients, user)


async def test_a_released_model_answers_and_can_be_rolled_back(clients: Clients, tmp_path: Path) -> None:
    for user, place in (("egon", 1), ("egon", 2), ("fred", 1), ("fred", 2), ("fred", 4)):
        await clients.behavior.TrackEvent(tracked(user, f"item-{place}", "like"))
    await until_known(clients)
    tideline = clients.platform.tideline
    versions = []
    for name in ("first", "second"):
        made = await asyncio.to_thread(
            tideline.run, "train", "transitions", "--tenant", TENANT, "--out", str(tmp_path / name), "--json"
        )
        assert made.returncode == 0, made.stderr
        versions.append(orjson.loads(made.stdout.splitlines()[-1])["version"])
        await asyncio.sleep(1)  # versions are told by the second
    first, second = versions
    released = await asyncio.to_thread(tideline.run, "models", "release", str(tmp_path / "first"))
    assert released.returncode == 0, released.stderr
    await until_proposing(clients, "egon", "transitions")

    again = await asyncio.to_thread(tideline.run, "models", "release", str(tmp_path / "second"))
    assert again.returncode == 0, again.stderr
    back = await asyncio.to_thread(tideline.run, "models", "rollback", "transitions", "--tenant", TENANT, "--json")
    assert orjson.loads(back.stdout.splitlines()[-1])["version"] == first
    listed = await asyncio.to_thread(tideline.run, "models", "list", "--tenant", TENANT, "--json")
    (own,) = orjson.loads(listed.stdout.splitlines()[-1])["models"].values()
    assert [each["version"] for each in own] == [first, second]
    assert "transitions" in await proposing(clients, "egon")
    strange = await asyncio.to_thread(tideline.run, "models", "list", "--tenant", "stranger", "--json")
    assert orjson.loads(strange.stdout.splitlines()[-1])["models"] == {}


async def test_what_is_served_is_recorded_audited_and_learned_from(clients: Clients, tmp_path: Path) -> None:
    save(tmp_path / "deepfm", ranking_model("deepfm", TENANT, features=list(FEATURES)))
    tideline = clients.platform.tideline
    released = await asyncio.to_thread(tideline.run, "models", "release", str(tmp_path / "deepfm"))
    assert released.returncode == 0, released.stderr
    request = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id="egon", count=5, exclude_seen=False)
    decisions: list[Decision] = []
    async with asyncio.timeout(60):
        while not any(each.features for each in decisions):
            answer = await clients.recommend.Recommend(request, timeout=10)
            event = behavior_pb2.BehaviorEvent(
                user_id="egon",
                item_id=answer.items[1].item_id,
                action="click",
                request_id=answer.request_id,
                position=1,
            )
            await clients.behavior.TrackEvent(behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event))
            codec = clients.platform.codecs.codec_for(DECISIONS.subject, Decision)
            records = await asyncio.to_thread(clients.platform.records, DECISIONS)
            everybody = [codec.decode(record.value() or b"") for record in records]
            decisions = [each for each in everybody if each.tenant_id == TENANT]
    assert any(each.model_version == "v1" and each.ranker == "deepfm" for each in decisions)

    audited = await asyncio.to_thread(tideline.run, "audit", "--tenant", TENANT, "--json")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    told = orjson.loads(audited.stdout.splitlines()[-1])
    assert told["checked"] >= 1
    assert told["mismatches"] == 0
    recorded = next(each for each in decisions if each.features)
    for item in (recorded.items[0], "item-no-such"):
        explained = await asyncio.to_thread(
            tideline.run, "why", recorded.request_id, "--item", item, "--tenant", TENANT, "--json"
        )
        assert explained.returncode == 0, explained.stderr
        (said,) = orjson.loads(explained.stdout.splitlines()[-1])["items"]
        assert said["fate"] == ("shown" if item in recorded.items else "not recalled")
    denied = await asyncio.to_thread(tideline.run, "why", recorded.request_id, "--tenant", "stranger")
    assert denied.returncode == 1
    assert "no recorded decision" in denied.stderr
    strange = await asyncio.to_thread(tideline.run, "audit", "--tenant", "stranger")
    assert strange.returncode == 1
    out = tmp_path / "served.arrow"
    made = await asyncio.to_thread(
        tideline.run, "examples", "served", "--tenant", TENANT, "--open", "--out", str(out), "--json"
    )
    assert made.returncode == 0, made.stderr
    assert orjson.loads(made.stdout.splitlines()[-1])["lists"] >= 1
    written = sum(map(len, ExampleReader.open(out).batches(100)))
    assert written >= 2

    for _ in range(2):  # what is published again replaces what was said before
        published = await asyncio.to_thread(
            tideline.run, "examples", "publish", "--tenant", TENANT, "--open", "--json"
        )
        assert published.returncode == 0, published.stderr
    again = tmp_path / "published.arrow"
    exported = await asyncio.to_thread(
        tideline.run, "examples", "published", "--tenant", TENANT, "--out", str(again), "--json"
    )
    assert exported.returncode == 0, exported.stderr
    assert orjson.loads(exported.stdout.splitlines()[-1])["examples"] == written
    assert sum(map(len, ExampleReader.open(again).batches(100))) == written


async def test_a_profile_is_changed_by_an_event_and_read_again(clients: Clients) -> None:
    users = user_pb2_grpc.UserServiceStub(clients.channel)
    change = user_pb2.UpdateUserProfileRequest(tenant_id=TENANT, user_id="gina", attributes={"city": "Oslo"})
    change.expected_version = 0
    written = await users.UpdateUserProfile(change, timeout=10)
    assert written.position.topic == "user.change.v1"
    await clients.behavior.TrackEvent(tracked("gina", "item-2"), timeout=10)
    read = user_pb2.GetUserProfileRequest(tenant_id=TENANT, user_id="gina")
    lately = user_pb2.GetUserRealtimeFeaturesRequest(tenant_id=TENANT, user_id="gina")
    for _ in range(600):
        profile = await users.GetUserProfile(read, timeout=10)
        found = await users.GetUserRealtimeFeatures(lately, timeout=10)
        if profile.version and found.recent:
            break
        await asyncio.sleep(0.05)
    assert dict(profile.attributes) == {"city": "Oslo"}
    assert (found.recent[0].item_id, dict(found.last_hour)) == ("item-2", {"click": 1})
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await users.UpdateUserProfile(change, timeout=10)
    assert refused.value.code() is grpc.StatusCode.ABORTED, "it has another version by now"


async def test_an_unknown_tenant_is_not_found(clients: Clients) -> None:
    request = recommendation_pb2.RecommendRequest(tenant_id="nobody-at-all", user_id="u", count=1)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await clients.recommend.Recommend(request)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
