"""UserService over real gRPC: what is read, what reaches the log, and every refusal, after which nothing does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import numpy as np
import pytest

from schemas.packing import RECENT
from schemas.records import ACTION_INDEX, Action, UserActivity, UserProfile
from schemas.tenancy import TenantKey
from serving.api.recommender.v1 import user_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.settings import ServingSettings
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of, state_of
from tests.serving.serving import MemoryProducer, Served, refusal_of, served
from topics.changelogs import USER_PROFILE
from topics.errors import DeliveryError
from topics.partitioning import partition_of

ANNAS_PLACE = partition_of(TenantKey(TENANT, "anna").encode(), 4)
ANNA = UserProfile(names=["age", "city"], values=[None, "Oslo"], applied={str(ANNAS_PLACE): 41})
LIKED = UserActivity(
    recent=RECENT.pack([(NOW - 5, 1, 0, ACTION_INDEX[Action.LIKE])]), recent_items=["item-1"], totals={"like": 1}
)


HERE = LogPosition(topic="user.change.v1", partition=0, offset=0)
READS: list[tuple[str, Any, dict[str, Any]]] = [
    ("GetUserProfile", pb.GetUserProfileRequest, {"user_id": "anna"}),
    ("BatchGetUserProfiles", pb.BatchGetUserProfilesRequest, {"user_ids": ["new", "anna"]}),
    ("GetUserRealtimeFeatures", pb.GetUserRealtimeFeaturesRequest, {"user_id": "anna"}),
]


def world(*, ready: bool = True) -> FixedWorld:
    rows = {"anna": (ANNA, LIKED), "gone": (UserProfile(erased_at=7, applied={"0": 0}), UserActivity())}
    states = {"anna": replace(state_of([1], {"drama": 1.5}), read={USER_PROFILE.name: ANNA.applied})}
    return FixedWorld(catalogue_of([True] * 3), states, ready=ready, rows=rows)


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(world()) as running:
        yield running


def update(**fields: Any) -> pb.UpdateUserProfileRequest:
    return pb.UpdateUserProfileRequest(
        **({"tenant_id": TENANT, "user_id": "anna", "attributes": {"city": "Rome"}} | fields)
    )


async def test_a_profile_is_read_with_its_version(serving: Served) -> None:
    anna = await serving.user.GetUserProfile(pb.GetUserProfileRequest(tenant_id=TENANT, user_id="anna"))
    assert (dict(anna.attributes), anna.version, anna.HasField("erased_at_ms")) == ({"city": "Oslo"}, 42, False)
    new = await serving.user.GetUserProfile(pb.GetUserProfileRequest(tenant_id=TENANT, user_id="new"))
    assert (dict(new.attributes), new.version) == ({}, 0)
    request = pb.BatchGetUserProfilesRequest(tenant_id=TENANT, user_ids=["gone", "anna", "gone"])
    batch = (await serving.user.BatchGetUserProfiles(request)).profiles
    assert [(each.user_id, each.version) for each in batch] == [("gone", 1), ("anna", 42), ("gone", 1)]
    assert batch[0].erased_at_ms == 7


async def test_what_was_done_lately_is_told(serving: Served) -> None:
    request = pb.GetUserRealtimeFeaturesRequest(tenant_id=TENANT, user_id="anna")
    found = await serving.user.GetUserRealtimeFeatures(request)
    assert [(each.item_id, each.action, each.event_time_ms) for each in found.recent] == [("item-1", "like", NOW - 5)]
    assert (dict(found.totals), dict(found.tags), found.seen) == ({"like": 1}, {"drama": 1.5}, 1)
    new = await serving.user.GetUserRealtimeFeatures(
        pb.GetUserRealtimeFeaturesRequest(tenant_id=TENANT, user_id="new", as_of_ms=NOW)
    )
    assert not new.recent
    assert np.array_equal(list(new.totals), [])


async def test_a_change_is_written_whole_and_its_place_returned(serving: Served) -> None:
    request = update(event_id="c-1", removed=["age"], event_time_ms=NOW - 9, expected_version=42)
    answer = await serving.user.UpdateUserProfile(request)
    assert (answer.event_id, answer.position.topic, answer.position.partition) == ("c-1", "user.change.v1", 1)
    (written,) = serving.producer.changes
    assert (written.event_id, written.tenant_id, written.user_id) == ("c-1", TENANT, "anna")
    assert (written.change, written.event_time) == ("update", NOW - 9)
    assert (written.attributes, written.removed) == ({"city": "Rome"}, ["age"])


async def test_a_user_is_erased(serving: Served) -> None:
    answer = await serving.user.UpdateUserProfile(update(attributes={}, erase=True))
    (written,) = serving.producer.changes
    assert (written.change, written.event_time, written.event_id) == ("erase", NOW, answer.event_id)


async def test_another_version_aborts_and_writes_nothing(serving: Served) -> None:
    refusal = await refusal_of(serving.user.UpdateUserProfile(update(expected_version=41)))
    assert refusal.code is grpc.StatusCode.ABORTED
    assert "version 42, not 41" in refusal.text
    assert not serving.producer.changes


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tenant_id": ""}, "tenant_id"),
        ({"tenant_id": "Not One"}, "tenant_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "u" * 257}, "user_id"),
        ({"event_id": "e" * 65}, "event_id"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": {"n" * 129: "v"}}, "attributes"),
        ({"attributes": {"n": "v" * 1025}}, "attributes"),
        ({"attributes": {f"n{n}": "v" for n in range(65)}}, "attributes"),
        ({"removed": ["city"]}, "removed"),
        ({"erase": True}, "attributes"),
        ({"event_time_ms": -1}, "event_time_ms"),
        ({"event_time_ms": NOW + 25 * 3_600_000}, "event_time_ms"),
    ],
)
async def test_a_change_that_is_not_valid_is_refused_by_its_field(
    serving: Served, fields: dict[str, Any], field: str
) -> None:
    refusal = await refusal_of(serving.user.UpdateUserProfile(update(**fields)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [name.partition("[")[0] for name in refusal.fields] == [field]
    assert not serving.producer.changes


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("GetUserProfile", pb.GetUserProfileRequest(tenant_id=TENANT), "user_id"),
        ("GetUserProfile", pb.GetUserProfileRequest(user_id="anna"), "tenant_id"),
        ("BatchGetUserProfiles", pb.BatchGetUserProfilesRequest(tenant_id=TENANT), "user_ids"),
        ("BatchGetUserProfiles", pb.BatchGetUserProfilesRequest(tenant_id=TENANT, user_ids=["a"] * 201), "user_ids"),
        ("BatchGetUserProfiles", pb.BatchGetUserProfilesRequest(tenant_id=TENANT, user_ids=["a", ""]), "user_ids[1]"),
        ("GetUserRealtimeFeatures", pb.GetUserRealtimeFeaturesRequest(tenant_id=TENANT), "user_id"),
        (
            "GetUserRealtimeFeatures",
            pb.GetUserRealtimeFeaturesRequest(tenant_id=TENANT, user_id="a", as_of_ms=NOW + 25 * 3_600_000),
            "as_of_ms",
        ),
        *(
            (
                method,
                kind(tenant_id=TENANT, **who, at_least=[HERE, LogPosition(topic="user.table.v1")]),
                "at_least[1].topic",
            )
            for method, kind, who in READS
        ),
        *((method, kind(tenant_id=TENANT, **who, at_least=[HERE] * 65), "at_least") for method, kind, who in READS),
    ],
)
async def test_a_question_that_is_not_valid_is_refused_by_its_field(
    serving: Served, method: str, request_: Any, field: str
) -> None:
    refusal = await refusal_of(getattr(serving.user, method)(request_))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


@pytest.mark.parametrize("method", ["GetUserProfile", "BatchGetUserProfiles", "GetUserRealtimeFeatures"])
async def test_nothing_is_told_of_another_tenant_or_before_the_tables_are_read(method: str) -> None:
    kind = getattr(pb, f"{method}Request")
    who = {"user_ids": ["anna"]} if method.startswith("Batch") else {"user_id": "anna"}
    async with served(world()) as running:
        refusal = await refusal_of(getattr(running.user, method)(kind(tenant_id="other", **who)))
        assert refusal.code is grpc.StatusCode.NOT_FOUND
    async with served(world(ready=False)) as running:
        refusal = await refusal_of(getattr(running.user, method)(kind(tenant_id=TENANT, **who)))
        assert refusal.code is grpc.StatusCode.UNAVAILABLE


async def test_a_change_needs_no_tables_unless_it_expects_a_version() -> None:
    async with served(world(ready=False)) as running:
        await running.user.UpdateUserProfile(update())
        refusal = await refusal_of(running.user.UpdateUserProfile(update(expected_version=0)))
    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert len(running.producer.changes) == 1


async def test_a_broker_that_is_away_is_told() -> None:
    async with served(world(), producer=MemoryProducer(error=DeliveryError("away"))) as running:
        refusal = await refusal_of(running.user.UpdateUserProfile(update()))
    assert refusal.code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(("method", "kind", "who"), READS)
async def test_a_read_waits_for_the_users_rows_and_tells_what_did_not_come(
    method: str, kind: Any, who: dict[str, Any]
) -> None:
    held = LogPosition(topic="user.change.v1", partition=ANNAS_PLACE, offset=41)
    later = LogPosition(topic="user.change.v1", partition=ANNAS_PLACE, offset=42)
    async with served(world(), settings=ServingSettings(port=0, longest_call_s=0.2)) as running:
        ask = getattr(running.user, method)
        await ask(kind(tenant_id=TENANT, **who, at_least=[held]))
        refusal = await refusal_of(ask(kind(tenant_id=TENANT, **who, at_least=[held, later])))
        assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert f"at_least[1] (user.change.v1/{ANNAS_PLACE}/42)" in refusal.text
