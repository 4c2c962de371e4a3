"""BehaviorService/GetStats over real gRPC: what is told, and every refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, Action, ItemStats
from serving.api.recommender.v1.behavior_pb2 import GetStatsRequest
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.settings import ServingSettings
from tests.serving.fakes import NOW, TENANT, FixedWorld, catalogue_of
from tests.serving.serving import Served, refusal_of, served

HOUR_MS = 3_600_000
HOUR = NOW // HOUR_MS
CLICK = ACTION_INDEX[Action.CLICK]


def row(hours: dict[int, int], offset: int) -> ItemStats:
    """Return the row of so many clicks in each hour before the present one."""
    cells = sorted((HOUR - ago, CLICK, count) for ago, count in hours.items())
    return ItemStats(hours=CELLS.pack(cells), totals={"click": sum(hours.values())}, applied={"0": offset})


def world(*, ready: bool = True) -> FixedWorld:
    stats = {("tea", "home"): row({0: 1, 1: 2, 2: 4, 30: 8}, 5), ("tea", "search"): row({0: 16}, 3)}
    return FixedWorld(catalogue_of([True]), ready=ready, stats=stats)


@pytest.fixture
async def serving() -> AsyncIterator[Served]:
    async with served(world()) as running:
        yield running


def ask(**fields: Any) -> GetStatsRequest:
    return GetStatsRequest(**({"tenant_id": TENANT, "item_id": "tea"} | fields))


async def test_counts_are_told_of_one_scenario_or_of_all(serving: Served) -> None:
    for scenario, counts in (
        ("", (19, 23, 31)),
        ("home", (3, 7, 15)),
        ("search", (16, 16, 16)),
        ("nowhere", (0, 0, 0)),
    ):
        found = await serving.behavior.GetStats(ask(scenario_id=scenario))
        told = tuple(each.counts.get("click", 0) for each in (found.last_hour, found.last_day, found.all_time))
        assert (scenario, told) == (scenario, counts)
    assert (found.last_hour.from_ms, found.last_hour.until_ms) == ((HOUR - 1) * HOUR_MS, (HOUR + 1) * HOUR_MS)
    assert (found.last_day.from_ms, found.all_time.from_ms, found.all_time.exact) == ((HOUR - 24) * HOUR_MS, 0, True)


async def test_they_are_told_as_of_a_moment(serving: Served) -> None:
    found = await serving.behavior.GetStats(ask(scenario_id="home", as_of_ms=NOW - 2 * HOUR_MS))
    assert (dict(found.last_hour.counts), dict(found.last_day.counts)) == ({"click": 4}, {"click": 4})
    assert found.all_time.counts["click"] == 12


async def test_of_an_item_with_which_nothing_was_done_nothing_is_told(serving: Served) -> None:
    found = await serving.behavior.GetStats(ask(item_id="never"))
    assert (found.item_id, dict(found.all_time.counts), found.all_time.exact) == ("never", {}, True)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("tenant_id", {"tenant_id": ""}),
        ("tenant_id", {"tenant_id": "A"}),
        ("item_id", {"item_id": ""}),
        ("item_id", {"item_id": "i" * 257}),
        ("item_id", {"item_id": "i" * 1_000_000}),
        ("scenario_id", {"scenario_id": "s" * 65}),
        ("scenario_id", {"scenario_id": "s\x00"}),
        ("as_of_ms", {"as_of_ms": -1}),
        ("as_of_ms", {"as_of_ms": NOW + 25 * HOUR_MS}),
        ("at_least[0].topic", {"at_least": [LogPosition(topic="behavior.accepted.v1")]}),
        ("at_least[0].partition", {"at_least": [LogPosition(topic="behavior.event.v1", partition=9)]}),
    ],
)
async def test_a_wrong_field_is_named(serving: Served, field: str, wrong: dict[str, Any]) -> None:
    refusal = await refusal_of(serving.behavior.GetStats(ask(**wrong)))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert len(refusal.text) < 1000


async def test_nothing_is_told_of_another_tenant_or_before_the_tables_are_read(serving: Served) -> None:
    assert (await refusal_of(serving.behavior.GetStats(ask(tenant_id="other")))).code is grpc.StatusCode.NOT_FOUND
    async with served(world(ready=False)) as running:
        assert (await refusal_of(running.behavior.GetStats(ask()))).code is grpc.StatusCode.UNAVAILABLE


async def test_it_waits_for_the_rows_of_all_scenarios_that_it_tells() -> None:
    at = [LogPosition(topic="behavior.event.v1", partition=0, offset=5)]
    async with served(world(), settings=ServingSettings(port=0, longest_call_s=0.2)) as running:
        assert (await running.behavior.GetStats(ask(scenario_id="home", at_least=at))).item_id == "tea"
        refusal = await refusal_of(running.behavior.GetStats(ask(at_least=at)))
    assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "behavior.event.v1/0/5" in refusal.text
