"""Lists made ahead on the real stack: a like has one made, an answer comes from it, and an event makes it stale."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
import orjson
import pytest

from deploy.local.ports import free_ports
from schemas.list_records import RefreshedList
from schemas.records import ItemChange
from serving.api.recommender.v1 import behavior_pb2, behavior_pb2_grpc, recommendation_pb2_grpc
from serving.api.recommender.v1.explanation_pb2 import ExplainRequest
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest, RecommendResponse
from tests.integration.conftest import Platform
from tests.integration.test_serving import until_serving
from topics.catalog import REFRESHED
from topics.events import EventProducer

pytestmark = pytest.mark.integration

TENANT = "refreshing"
START = 1_700_000_000_000
ITEMS = 8


@dataclass
class Running:
    """A worker, a server and a refresher, seen from outside."""

    platform: Platform
    recommend: recommendation_pb2_grpc.RecommendServiceStub
    behavior: behavior_pb2_grpc.BehaviorServiceStub
    target: str

    async def act(self, user: str, item: str, action: str) -> None:
        event = behavior_pb2.BehaviorEvent(user_id=user, item_id=item, action=action)
        await self.behavior.TrackEvent(behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event), timeout=10)

    async def ask(self, user: str, count: int = 3, scenario: str = "") -> RecommendResponse:
        request = RecommendRequest(tenant_id=TENANT, user_id=user, count=count, scenario_id=scenario)
        answer: RecommendResponse = await self.recommend.Recommend(request, timeout=10)
        return answer

    async def until_source(self, user: str, source: str, tries: int) -> RecommendResponse | None:
        for _ in range(tries):
            answer = await self.ask(user)
            if answer.source == source:
                return answer
            await asyncio.sleep(0.05)
        return None

    def lists(self) -> list[RefreshedList]:
        return list(self.platform.rows(REFRESHED, RefreshedList, TENANT).values())


@pytest.fixture(scope="module")
async def running(platform: Platform) -> AsyncIterator[Running]:
    (port,) = free_ports(1)
    folder = platform.tideline.folder
    config = folder / "refreshed.toml"
    config.write_text(f"[tenant.{TENANT}]\nrefreshed = {{ max_age_s = 3600 }}\n")
    serve = ("serve", "--port", str(port), "--state-dir", str(folder / "refreshed"), "--config", str(config))
    settings = {"TIDELINE_REFRESHER_COALESCE_S": "0.1", "TIDELINE_REFRESHER_EVERY": "0"}
    async with (
        platform.tideline.start("refreshed-worker", "worker"),
        platform.tideline.start("refreshed-server", *serve),
        platform.tideline.start("refresher", "refresh", "--target", f"127.0.0.1:{port}", **settings),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        await until_serving(channel)
        recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
        made = Running(platform, recommend, behavior_pb2_grpc.BehaviorServiceStub(channel), f"127.0.0.1:{port}")
        with EventProducer(platform.kafka, platform.codecs) as producer:
            for number in range(ITEMS):
                producer.send(item(number))
        await until_known(made)
        yield made


def item(number: int, change: str = "create", status: str = "active", at: int = START) -> ItemChange:
    return ItemChange(f"{change}-{number}-{at}", TENANT, f"item-{number}", change, at, status=status)


async def until_known(made: Running) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if len((await made.ask("nobody", 50)).items) == ITEMS:
                    return
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
            await asyncio.sleep(0.05)


async def refreshed(running: Running, user: str) -> RecommendResponse:
    """Return an answer from a list made ahead: the user likes something until the group has come together."""
    for _ in range(20):
        await running.act(user, "item-1", "like")
        answer = await running.until_source(user, "refreshed", tries=60)
        if answer is not None:
            return answer
    pytest.fail("no answer came from a list made ahead")


async def test_a_like_has_a_list_made_and_an_event_after_it_makes_it_stale(running: Running) -> None:
    answer = await refreshed(running, "anna")
    assert len(answer.items) == 3
    assert "item-1" not in {each.item_id for each in answer.items}
    assert answer.refreshed_at_ms <= answer.as_of_ms
    made = [each for each in running.lists() if each.as_of == answer.refreshed_at_ms]
    assert [each.items[:3] for each in made] == [[each.item_id for each in answer.items]]

    other = await running.ask("bert")
    assert other.source == "", "that was another user's"

    await running.act("anna", answer.items[0].item_id, "click")  # tells too little to have another made
    fresh = await running.until_source("anna", "", tries=200)
    assert fresh is not None
    assert answer.items[0].item_id not in {each.item_id for each in fresh.items}
    await asyncio.sleep(1)
    assert (await running.ask("anna")).source == "", "nothing told of it since"


async def test_an_answer_from_a_list_is_explained_by_its_making(running: Running) -> None:
    answer = await refreshed(running, "carl")
    shown = answer.items[0].item_id
    ask = ExplainRequest(tenant_id=TENANT, request_id=answer.request_id, item_ids=[shown, "item-1"])
    told = await running.recommend.Explain(ask, timeout=10)
    assert (told.source, told.user_id) == ("refreshed", "carl")
    assert told.made_by not in ("", answer.request_id)
    assert [each.fate for each in told.items] == ["shown", "not recalled"]
    assert (told.items[0].position, bool(told.items[0].channels)) == (1, True)
    assert [rule.rule for rule in told.items[0].rules] == ["diversity"]

    for tenant, user in (("stranger", ""), (TENANT, "anna")):
        foreign = ExplainRequest(tenant_id=tenant, request_id=answer.request_id, user_id=user)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await running.recommend.Explain(foreign, timeout=10)
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND

    why = ("why", answer.request_id, "--tenant", TENANT, "--item", shown, "--json")
    for _ in range(20):
        done = await asyncio.to_thread(running.platform.tideline.run, *why)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    said = orjson.loads(done.stdout.splitlines()[-1])
    assert (said["source"], said["made_by"], said["items"][0]["position"]) == ("refreshed", told.made_by, 1)
    assert said["items"][0]["rules"][0]["rule"] == "diversity"


async def test_what_is_hidden_is_taken_out_of_a_list(running: Running) -> None:
    answer = await refreshed(running, "dora")
    hidden = answer.items[0].item_id
    number = int(hidden.removeprefix("item-"))
    with EventProducer(running.platform.kafka, running.platform.codecs) as producer:
        producer.send(item(number, "update", "hidden", START + 1))
    for _ in range(600):
        answer = await running.ask("dora")
        if hidden not in {each.item_id for each in answer.items}:
            break
        await asyncio.sleep(0.05)
    assert hidden not in {each.item_id for each in answer.items}
    assert answer.source == "refreshed"
    assert len(answer.items) == 3


async def test_a_restart_goes_on_where_the_group_was(running: Running) -> None:
    """What is liked while no refresher of the group runs has a list made by the next one."""
    platform, group = running.platform, "refreshing-again"
    settings = {
        "TIDELINE_REFRESHER_GROUP": group,
        "TIDELINE_REFRESHER_SCENARIOS": '["again"]',
        "TIDELINE_REFRESHER_TARGET": running.target,
    }
    async with platform.tideline.start("refresher-before", "refresh", **settings):
        for _ in range(600):
            if len(await asyncio.to_thread(platform.offsets.committed, group)) == platform.kafka.partitions:
                break
            await asyncio.sleep(0.1)
    await running.act("fred", "item-2", "like")
    assert (await running.ask("fred", scenario="again")).source == ""
    async with platform.tideline.start("refresher-after", "refresh", **settings):
        for _ in range(600):
            answer = await running.ask("fred", scenario="again")
            if answer.source:
                break
            await asyncio.sleep(0.1)
    assert answer.source == "refreshed"


async def test_a_configuration_that_changes_nothing_would_have_shown_the_same(running: Running) -> None:
    await refreshed(running, "egon")
    same = str(running.platform.tideline.folder / "refreshed.toml")
    study = ("counterfactual", "--tenant", TENANT, "--config", same, "--base", same, "--json")
    done = await asyncio.to_thread(running.platform.tideline.run, *study)
    assert done.returncode == 0, done.stderr
    told = orjson.loads(done.stdout.splitlines()[-1])
    total = told["total"]
    assert total["lists"] > 1
    assert (total["overlap"], total["changed"], total["reproduced"], told["unknown"]) == (1.0, 0.0, 1.0, {})
    assert "not what users would have done" in told["caveat"]
    other = running.platform.tideline.folder / "other.toml"
    other.write_text('[default]\nranker = "wide_deep"\n')
    refused = await asyncio.to_thread(running.platform.tideline.run, *study[:4], str(other), "--base", same)
    assert refused.returncode == 1
    assert "wide_deep needs features" in refused.stderr
    strange = await asyncio.to_thread(
        running.platform.tideline.run, "counterfactual", "--tenant", "stranger", *study[3:]
    )
    assert strange.returncode == 1
