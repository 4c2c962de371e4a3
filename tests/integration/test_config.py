"""Configuration on the real stack: two servers answer by a change within a second, and by none that is not valid."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
import orjson
import pytest
from typer.testing import CliRunner

from deploy.experiments.cli import app as experiments
from deploy.experiments.errors import NothingServedError
from deploy.local.ports import free_ports
from schemas.config_records import ConfigChange
from schemas.decision_records import Decision
from schemas.records import ItemChange
from serving.api.recommender.v1 import (
    admin_pb2,
    admin_pb2_grpc,
    behavior_pb2,
    behavior_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
)
from tests.integration.conftest import Platform
from tests.integration.test_serving import until_serving
from topics.catalog import CONFIG_CHANGES, DECISIONS
from topics.configs import parcel
from topics.events import EventProducer
from topics.producer import LogProducer

pytestmark = pytest.mark.integration

TENANT = "configured"
WITHIN_S = 1.0


@dataclass
class Server:
    """One of the servers, seen from outside."""

    channel: grpc.aio.Channel

    def __post_init__(self) -> None:
        self.behavior = behavior_pb2_grpc.BehaviorServiceStub(self.channel)
        self.admin = admin_pb2_grpc.AdminServiceStub(self.channel)
        self.recommend = recommendation_pb2_grpc.RecommendServiceStub(self.channel)

    async def set(self, component: str, **document: object) -> admin_pb2.SetConfigResponse:
        json = orjson.dumps(document).decode()
        request = admin_pb2.SetConfigRequest(tenant_id=TENANT, component=component, json=json)
        answer: admin_pb2.SetConfigResponse = await self.admin.SetConfig(request, timeout=10)
        return answer

    async def asked(self) -> recommendation_pb2.RecommendResponse:
        request = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id="u", count=5, debug=True)
        answer: recommendation_pb2.RecommendResponse = await self.recommend.Recommend(request, timeout=10)
        return answer

    async def until(self, config: str) -> float:
        """Return after how many seconds answers are made under this configuration."""
        began = time.monotonic()
        found = ""
        try:
            async with asyncio.timeout(30):
                while found != config:
                    found = (await self.asked()).config
        except TimeoutError:
            pytest.fail(f"answers are made under {found}, not {config}")
        return time.monotonic() - began

    async def known(self) -> None:
        """Return when the tenant's item has arrived."""
        async with asyncio.timeout(60):
            while True:
                try:
                    if (await self.asked()).items:
                        return
                except grpc.aio.AioRpcError as error:
                    if error.code() is not grpc.StatusCode.NOT_FOUND:
                        raise
                await asyncio.sleep(0.05)


def clicked(answer: recommendation_pb2.RecommendResponse) -> behavior_pb2.TrackEventRequest:
    event = behavior_pb2.BehaviorEvent(
        user_id="u", item_id=answer.items[0].item_id, action="click", request_id=answer.request_id
    )
    return behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event)


@pytest.fixture(scope="module")
async def servers(platform: Platform) -> AsyncIterator[tuple[Server, Server]]:
    one, other = free_ports(2)
    folder, start = platform.tideline.folder, platform.tideline.start
    with EventProducer(platform.kafka, platform.codecs) as producer:
        producer.send(ItemChange("config-item", TENANT, "item", "create", 1_700_000_000_000, status="active"))
    async with (
        start("config-worker", "worker"),
        start("config-one", "serve", "--port", str(one), "--state-dir", str(folder / "config-one")),
        start("config-other", "serve", "--port", str(other), "--state-dir", str(folder / "config-other")),
        grpc.aio.insecure_channel(f"127.0.0.1:{one}") as to_one,
        grpc.aio.insecure_channel(f"127.0.0.1:{other}") as to_other,
    ):
        both = Server(to_one), Server(to_other)
        for server in both:
            await until_serving(server.channel)
            await server.known()
        yield both


async def test_two_servers_answer_by_a_change_within_a_second_and_by_a_rollback(
    servers: tuple[Server, Server], platform: Platform
) -> None:
    one, other = servers
    assert (await one.set("serving", ranker="score")).version == 1
    assert (await one.asked()).config == "serving@1", "whoever took it answers by it at once"
    assert await other.until("serving@1") < WITHIN_S
    arms = {"control": {"weight": 0}, "random": {"weight": 1, "config": {"candidates": 9}}}
    await other.set("experiment.size", scenarios=["default"], arms=arms)
    assert await one.until("serving@1, experiment.size@1") < WITHIN_S
    answers = [await server.asked() for server in servers]
    assert [dict(answer.arms) for answer in answers] == [{"size": "random"}] * 2

    back = admin_pb2.RollbackConfigRequest(tenant_id=TENANT, component="serving", version=0)
    assert (await other.admin.RollbackConfig(back, timeout=10)).version == 2
    assert await one.until("serving@2, experiment.size@1") < WITHIN_S
    asked = admin_pb2.ConfigHistoryRequest(tenant_id=TENANT, component="serving")
    history = (await one.admin.ConfigHistory(asked, timeout=10)).versions
    assert [(each.version, each.json) for each in history] == [(2, "{}"), (1, '{"ranker":"score"}')]

    codec = platform.codecs.codec_for(DECISIONS.subject, Decision)
    recorded: dict[str, Decision] = {}
    async with asyncio.timeout(30):
        while not {answer.request_id for answer in answers} <= recorded.keys():
            records = await asyncio.to_thread(platform.records, DECISIONS)
            recorded = {each.request_id: each for each in (codec.decode(one.value() or b"") for one in records)}
    for answer in answers:
        decision = recorded[answer.request_id]
        assert (decision.config, decision.arms) == (answer.config, {"size": "random"})
    why = await asyncio.to_thread(platform.tideline.run, "why", answers[0].request_id, "--tenant", TENANT)
    assert "configured by serving@1, experiment.size@1; arm random of size" in " ".join(why.stdout.split())

    await one.behavior.TrackEvent(clicked(answers[0]), timeout=10)
    runner = CliRunner(env=platform.tideline.environment)
    asked_for = ["report", "size", "--tenant", TENANT, "--open", "--json"]
    told = await asyncio.to_thread(runner.invoke, experiments, asked_for)
    assert told.exit_code == 0, told.output
    reported = orjson.loads(told.stdout.splitlines()[-1])
    control, random = reported["arms"]
    assert (reported["version"], control["name"], control["lists"]) == (1, "control", 0)
    assert (random["users"], random["expected_share"]) == (1, 1)
    assert 0 < random["rates"]["click_rate"]["value"] <= 1 / len(answers)
    stranger = await asyncio.to_thread(runner.invoke, experiments, ["report", "size", "--tenant", "stranger"])
    assert isinstance(stranger.exception, NothingServedError)


async def test_an_invalid_change_is_refused_with_its_path_and_a_bad_one_in_the_log_is_passed_over(
    servers: tuple[Server, Server], platform: Platform
) -> None:
    one, other = servers
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await one.set("serving.feed", hot={"weight": -1})
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "json.hot.weight" in (refused.value.details() or "")
    bad = ConfigChange("bad", TENANT, "serving.default", 1, '{"ranker": "of another version"}', 0)
    with LogProducer(platform.kafka) as producer:
        key = parcel(bad, platform.codecs).key
        producer.send(CONFIG_CHANGES.name, key, parcel(bad, platform.codecs).value)
        producer.send(CONFIG_CHANGES.name, key, b"junk")
    before = (await other.asked()).config
    assert (await one.set("serving.default", candidates=9)).version == 2, "the bad one has the version before"
    await other.until(before.replace(", experiment", ", serving.default@2, experiment"))


async def test_of_writers_on_two_servers_each_version_is_one_s_own(servers: tuple[Server, Server]) -> None:
    writes = [server.set("serving.race", candidates=n + 1) for n in range(4) for server in servers]
    versions = [answer.version for answer in await asyncio.gather(*writes)]
    assert sorted(versions) == list(range(1, 9))
    found = [
        (await server.admin.GetConfig(admin_pb2.GetConfigRequest(tenant_id=TENANT, component="serving.race"))).json
        for server in servers
    ]
    assert found[0] == found[1]
    race = admin_pb2.SetConfigRequest(tenant_id=TENANT, component="serving.race", json="{}", expected_version=8)
    outcomes = await asyncio.gather(
        *(server.admin.SetConfig(race, timeout=10) for server in servers), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, grpc.aio.AioRpcError)]
    assert [each.code() for each in refused] == [grpc.StatusCode.ABORTED]
