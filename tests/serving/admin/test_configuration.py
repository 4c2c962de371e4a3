"""AdminService's methods on configuration over real gRPC: what is told, what is written, and every refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import orjson
import pytest

from serving.api.recommender.v1 import admin_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2
from tests.serving.admin.administered import Running, administered
from tests.serving.configuration.histories import TENANT, change
from tests.serving.fakes import NOW
from tests.serving.serving import refusal_of
from topics.errors import DeliveryError


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with administered() as found:
        yield found


def setting(document: Any = None, **fields: Any) -> pb.SetConfigRequest:
    json = orjson.dumps({"candidates": 3} if document is None else document).decode()
    return pb.SetConfigRequest(**({"tenant_id": TENANT, "component": "serving", "json": json} | fields))


def rolling(**fields: Any) -> pb.RollbackConfigRequest:
    given: dict[str, Any] = {"tenant_id": TENANT, "component": "serving", "version": 1}
    return pb.RollbackConfigRequest(**(given | fields))


async def test_a_change_is_in_the_log_and_in_force_when_it_is_answered(running: Running) -> None:
    answer = await running.admin.SetConfig(setting(changed_by="ada", reason="too slow"))
    assert (answer.version, answer.position.topic, answer.position.offset) == (1, "config.change.v1", 0)
    (written,) = running.written
    assert (written.tenant_id, written.component, written.version, written.json) == (
        TENANT,
        "serving",
        1,
        '{"candidates":3}',
    )
    assert (written.changed_by, written.reason, written.changed_at) == ("ada", "too slow", NOW)
    found = await running.get("serving")
    assert (found.json, found.version, found.changed_by, found.reason) == (written.json, 1, "ada", "too slow")
    assert found.changed_at_ms == NOW
    assert orjson.loads(found.effective_json)["candidates"] == 3
    assert await running.merged() == 3
    assert (await running.recommended()).config == "serving@1"


async def test_before_any_change_it_is_what_servers_were_started_with(running: Running) -> None:
    found = await running.get("serving.vlog")
    assert (found.json, found.version, found.changed_by) == ('{"candidates":300}', 0, "")
    assert orjson.loads(found.effective_json)["hot"]["limit"] == 60
    assert (await running.get("serving.x")).json == "{}"
    assert (await running.get("experiment.x")).effective_json == "{}"
    listed = await running.admin.ListConfig(pb.ListConfigRequest(tenant_id=TENANT))
    assert [(each.component, each.version) for each in listed.configs] == [("serving", 0), ("serving.vlog", 0)]
    assert (await running.recommended()).config == ""


async def test_history_is_told_newest_first_and_rolled_back_to(running: Running) -> None:
    for candidates in (3, 2, 1):
        await running.admin.SetConfig(setting({"candidates": candidates}))
    back = await running.admin.RollbackConfig(rolling(version=1, changed_by="bob", reason="worse"))
    assert back.version == 4
    assert await running.merged() == 3
    asked = pb.ConfigHistoryRequest(tenant_id=TENANT, component="serving")
    told = (await running.admin.ConfigHistory(asked)).versions
    assert [(each.version, orjson.loads(each.json)["candidates"]) for each in told] == [(4, 3), (3, 1), (2, 2), (1, 3)]
    assert (told[0].changed_by, told[0].reason) == ("bob", "worse")
    asked.count = 2
    assert [each.version for each in (await running.admin.ConfigHistory(asked)).versions] == [4, 3]
    await running.admin.RollbackConfig(rolling(version=0))
    assert (await running.get("serving")).json == "{}"
    assert await running.merged() == 4


async def test_an_experiment_answers_by_arms_and_tells_them(running: Running) -> None:
    arms = {"control": {"weight": 0}, "short": {"weight": 1, "config": {"candidates": 2}}}
    await running.admin.SetConfig(setting({"arms": arms}, component="experiment.size"))
    answer = await running.recommended()
    assert (dict(answer.arms), answer.config) == ({"size": "short"}, "experiment.size@1")
    assert await running.merged() == 2
    told = orjson.loads((await running.get("experiment.size")).effective_json)
    assert (told["salt"], told["shares"]) == ("size", {"control": 0, "short": 1})
    plain = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id="u", count=9)
    silent = await running.recommend.Recommend(plain)
    assert (dict(silent.arms), silent.config) == ({}, "")


async def test_who_is_beaten_to_a_version_writes_the_next_one(running: Running) -> None:
    running.producer.rivals = [change("serving", 1, {"candidates": 8}), change("serving", 2, {"candidates": 9})]
    assert (await running.admin.SetConfig(setting())).version == 3
    assert [each.version for each in running.written] == [1, 1, 2, 2, 3]
    assert [each.json for each in running.rig.live.tenant(TENANT).history["serving"]] == [
        '{"candidates":8}',
        '{"candidates":9}',
        '{"candidates":3}',
    ]


async def test_who_expects_a_version_and_is_beaten_to_it_is_refused(running: Running) -> None:
    running.producer.rivals = [change("serving", 1, {"candidates": 8})]
    refusal = await refusal_of(running.admin.SetConfig(setting(expected_version=0)))
    assert refusal.code is grpc.StatusCode.ABORTED
    assert "has version 1, not 0" in refusal.text
    assert orjson.loads((await running.get("serving")).json) == {"candidates": 8}


async def test_another_version_than_the_expected_one_aborts_and_writes_nothing(running: Running) -> None:
    assert (await running.admin.SetConfig(setting(expected_version=0))).version == 1
    for expected in (0, 2):
        refusal = await refusal_of(running.admin.SetConfig(setting(expected_version=expected)))
        assert refusal.code is grpc.StatusCode.ABORTED
    assert len(running.written) == 1
    assert (await running.admin.SetConfig(setting(expected_version=1))).version == 2


Ask = Callable[[Running], Any]

LONG = "x" * (65 << 10)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tenant_id": ""}, "tenant_id"),
        ({"tenant_id": "Not One"}, "tenant_id"),
        ({"component": ""}, "component"),
        ({"component": "recall"}, "component"),
        ({"component": "experiment"}, "component"),
        ({"component": f"serving.{'x' * 65}"}, "component"),
        ({"component": "serving.\n"}, "component"),
        ({"json": ""}, "json"),
        ({"json": "{"}, "json"),
        ({"json": "[1]"}, "json"),
        ({"json": '{"candidates": NaN}'}, "json"),
        ({"json": f'{{"ranker": "{LONG}"}}'}, "json"),
        ({"json": "[" * 5000}, "json"),
        ({"json": '{"ranker": "oracle"}'}, "json.ranker"),
        ({"json": '{"candidates": 0}'}, "json.candidates"),
        ({"json": '{"candidates": "many"}'}, "json.candidates"),
        ({"json": '{"candidates": 100000}'}, "json.candidates"),
        ({"json": '{"channels": ["hot", "telepathy"]}'}, "json.channels.1"),
        ({"json": '{"filters": ["seen"]}'}, "json.filters"),
        ({"json": '{"hot": {"weight": -1}}'}, "json.hot.weight"),
        ({"json": '{"colour": "red"}'}, "json.colour"),
        ({"component": "experiment.e", "json": '{"arms": {"a": {"weight": -1}}}'}, "json.arms.a.weight"),
        ({"component": "experiment.e", "json": '{"arms": {"a": {"weight": 0.5}}}'}, "json.arms.a.weight"),
        (
            {"component": "experiment.e", "json": '{"arms": {"a": {"weight": 1, "config": {"rules": ["x"]}}}}'},
            "json.arms.a.config.rules.0",
        ),
        ({"changed_by": "x" * 129}, "changed_by"),
        ({"changed_by": "é" * 65}, "changed_by"),
        ({"changed_by": "\x1b"}, "changed_by"),
        ({"reason": "x" * 1025}, "reason"),
        ({"expected_version": -1}, "expected_version"),
    ],
)
async def test_a_change_that_is_not_valid_is_refused_by_its_path_and_nothing_is_written(
    running: Running, fields: dict[str, Any], field: str
) -> None:
    refusal = await refusal_of(running.admin.SetConfig(setting(**fields)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not running.written


async def test_what_would_break_what_lies_on_it_is_refused_by_both_names(running: Running) -> None:
    arm = {"weight": 1, "config": {"hot": {"weight": 2}}}
    await running.admin.SetConfig(setting({"arms": {"a": arm}, "scenarios": ["vlog"]}, component="experiment.one"))
    same = setting({"arms": {"a": arm}, "scenarios": ["feed"]}, component="experiment.other")
    assert (await running.admin.SetConfig(same)).version == 1
    # `one` is laid over before `other`: were it to apply to `feed`, too, `other` could not be used any more.
    refusal = await refusal_of(running.admin.SetConfig(setting({"arms": {"a": arm}}, component="experiment.one")))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["json"])
    assert "does not go together with experiment.other" in refusal.text
    assert len(running.written) == 2


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("GetConfig", pb.GetConfigRequest(component="serving"), "tenant_id"),
        ("GetConfig", pb.GetConfigRequest(tenant_id=TENANT), "component"),
        ("GetConfig", pb.GetConfigRequest(tenant_id=TENANT, component="x" * 300), "component"),
        ("ListConfig", pb.ListConfigRequest(), "tenant_id"),
        ("ConfigHistory", pb.ConfigHistoryRequest(component="serving"), "tenant_id"),
        ("ConfigHistory", pb.ConfigHistoryRequest(tenant_id=TENANT, component="serving."), "component"),
        ("ConfigHistory", pb.ConfigHistoryRequest(tenant_id=TENANT, component="serving", count=-1), "count"),
        ("ConfigHistory", pb.ConfigHistoryRequest(tenant_id=TENANT, component="serving", count=100_000), "count"),
        ("RollbackConfig", rolling(tenant_id=""), "tenant_id"),
        ("RollbackConfig", rolling(component="all"), "component"),
        ("RollbackConfig", rolling(version=-1), "version"),
        ("RollbackConfig", rolling(changed_by="x" * 129), "changed_by"),
        ("RollbackConfig", rolling(reason="x" * 1025), "reason"),
    ],
)
async def test_a_question_that_is_not_valid_is_refused_by_its_field(
    running: Running, method: str, request_: Any, field: str
) -> None:
    refusal = await refusal_of(getattr(running.admin, method)(request_))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert not running.written


async def test_a_version_that_there_never_was_is_not_found(running: Running) -> None:
    await running.admin.SetConfig(setting())
    refusal = await refusal_of(running.admin.RollbackConfig(rolling(version=2)))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert "has no version 2" in refusal.text
    assert len(running.written) == 1


async def test_a_version_that_cannot_be_used_any_more_is_not_rolled_back_to(running: Running) -> None:
    running.rig.write(change("serving", 1, {"ranker": "of another version"}))
    assert (await running.get("serving")).version == 0, "in force is what was before"
    refusal = await refusal_of(running.admin.RollbackConfig(rolling(version=1)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["json.ranker"])
    assert (await running.admin.SetConfig(setting())).version == 2


async def test_a_tenant_reads_changes_and_rolls_back_its_own_only(running: Running) -> None:
    await running.admin.SetConfig(setting())
    await running.admin.SetConfig(setting({"arms": {"a": {"weight": 1}}}, component="experiment.mine"))
    assert (await running.get("serving", tenant="other")).version == 0
    assert (await running.get("experiment.mine", tenant="other")).version == 0
    assert not (await running.admin.ListConfig(pb.ListConfigRequest(tenant_id="other"))).configs
    asked = pb.ConfigHistoryRequest(tenant_id="other", component="serving")
    assert not (await running.admin.ConfigHistory(asked)).versions
    refusal = await refusal_of(running.admin.RollbackConfig(rolling(tenant_id="other")))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    written = await running.admin.SetConfig(setting({"candidates": 1}, tenant_id="other", expected_version=0))
    assert written.version == 1
    found = await running.get("serving")
    assert (found.json, found.version) == ('{"candidates":3}', 1)
    assert await running.merged() == 3


async def test_while_the_broker_is_away_a_change_is_unavailable_and_what_is_in_force_goes_on(
    running: Running,
) -> None:
    await running.admin.SetConfig(setting())
    running.producer.error = DeliveryError("not confirmed")
    refusal = await refusal_of(running.admin.SetConfig(setting({"candidates": 1})))
    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert (await running.get("serving")).version == 1
    assert await running.merged() == 3


async def test_a_change_that_is_not_read_back_in_time_is_told_so(running: Running) -> None:
    running.rig.following._next = {}
    running.rig.put(change("serving", 1, {}))  # which nobody reads
    refusal = await refusal_of(running.admin.SetConfig(setting(), timeout=0.2))
    assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert len(running.written) == 1
