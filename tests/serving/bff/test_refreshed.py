"""A list made ahead answers only where the answer would not be older than the user's last event; and it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import grpc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed
from prometheus_client import CollectorRegistry

from schemas.list_records import RefreshedList
from schemas.packing import pack_floats, unpack_floats
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest, RecommendResponse
from serving.bff.answer import Answers
from serving.bff.decision import AHEAD, decision, made_by
from serving.bff.pipeline import Pipeline
from serving.bff.refreshed import covers
from serving.bff.stages import stages
from serving.bff.work import Request, Work
from serving.candidate import Candidates
from serving.config import CHANNELS, RefreshedConfig, ScenarioConfig
from serving.config_file import ServingConfig
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.query import UserState
from serving.ranking.rankers import make_rankers
from serving.views.refreshed import Held
from tests.serving.fakes import NOW, TENANT, FixedChannel, FixedWorld, as_channel, catalogue_of, state_of
from tests.serving.serving import refusal_of, served
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE

CONFIG = ScenarioConfig(refreshed=RefreshedConfig(max_age_s=60))
REQUEST = Request(TENANT, "u", "default", 3, NOW, plain=True)
READ: Mapping[str, Mapping[str, int]] = {
    USER_ACTIVITY.name: {"0": 7},
    USER_HISTORY.name: {"0": 7},
    USER_PROFILE.name: {"0": 2},
}
ITEMS = [4, 2, 0, 3]
"""The list made ahead; the pipeline's own begins with 1."""


def held_of(items: list[int] = ITEMS, **fields: Any) -> Held:
    scores = np.arange(len(items), 0, -1).astype(np.float32)
    row = RefreshedList(
        applied={"0": 7},
        history={"0": 7},
        profile={"0": 2},
        request_id="made",
        as_of=NOW - 1000,
        items=[f"item-{item}" for item in items],
        scores=pack_floats(scores),
        channels=["als", "hot"],
        proposed=b"",
        ranker="deepfm",
        model_version="v7",
        config_digest=CONFIG.digest,
    )
    proposed = np.stack([scores, np.full(len(items), np.nan, np.float32)], axis=1)
    reasons = tuple(f"why {item}" for item in items)
    candidates = Candidates(np.array(items, np.int32), scores, proposed, ("als", "hot"))
    return Held(changed(row, **fields), candidates, reasons, -1)


def state(seen: list[int]) -> UserState:
    made = state_of(seen)
    return UserState(made.recent, made.seen, made.tags, READ)


def world_of(held: Held | None, active: list[bool] | None = None, seen: list[int] | None = None) -> FixedWorld:
    lists = {} if held is None else {("u", "default"): held}
    return FixedWorld(catalogue_of(active or [True] * 6), {"u": state(seen or [])}, lists=lists)


def pipeline_over(world: FixedWorld, config: ScenarioConfig = CONFIG) -> Pipeline:
    channels = {name: as_channel(FixedChannel(name, [1, 5] if name == "hot" else [])) for name in CHANNELS}
    metrics = Metrics(CollectorRegistry())
    return Pipeline(stages(world, ServingConfig(config), channels, make_rankers(Shelf()), metrics), metrics)


def answered(world: FixedWorld, request: Request = REQUEST, config: ScenarioConfig = CONFIG) -> tuple[Work, str]:
    """Return what was made of the request, and the verdict on the list made ahead; empty if there was no question."""

    async def run() -> tuple[Work, str]:
        pipeline = pipeline_over(world, config)
        work = await pipeline.run(request, asyncio.get_running_loop().time() + 10)
        counts = [each for metric in pipeline.metrics.refreshed.collect() for each in metric.samples]
        told = [each.labels["verdict"] for each in counts if each.name.endswith("_total") and each.value]
        return work, told[0] if told else ""

    return asyncio.run(run())


def ids(work: Work) -> list[int]:
    return [int(item) for item in work.candidates.items[: work.request.count]]


def test_a_fresh_list_answers_and_nothing_is_recalled() -> None:
    work, verdict = answered(world_of(held_of()))
    assert (ids(work), verdict) == ([4, 2, 0], "ok")
    assert [report.name for report in work.reports] == ["gate", "refreshed"]
    assert not work.outcomes


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"as_of": NOW - 60_001}, "aged"),
        ({"config_digest": "another"}, "config"),
        ({"applied": {"0": 6}}, "stale"),
        ({"applied": {}}, "stale"),
        ({"applied": {"1": 100}}, "stale"),
        ({"history": {"0": 6}}, "stale"),
        ({"profile": {"0": 1}}, "stale"),
    ],
)
def test_a_list_that_does_not_hold_any_more_is_not_answered(fields: dict[str, Any], verdict: str) -> None:
    work, told = answered(world_of(held_of(**fields)))
    assert (ids(work)[0], told, work.ahead) == (1, verdict, None)


def test_without_a_list_one_is_made() -> None:
    assert answered(world_of(None))[1] == "none"


def test_off_by_default() -> None:
    work, verdict = answered(world_of(held_of(config_digest=ScenarioConfig().digest)), config=ScenarioConfig())
    assert (work.ahead, verdict) == (None, "")


@pytest.mark.parametrize("asked", [{"plain": False}, {"plain": False, "ahead": True}])
def test_what_a_list_does_not_hold_is_made_anew(asked: dict[str, Any]) -> None:
    work, verdict = answered(world_of(held_of()), replace(REQUEST, **asked))
    assert (work.ahead, verdict) == (None, "")


def test_what_may_not_be_shown_any_more_is_taken_out() -> None:
    hidden, _ = answered(world_of(held_of(), active=[True, True, False, True, True, True]))
    assert ids(hidden) == [4, 0, 3]
    seen, _ = answered(world_of(held_of(), seen=[4]))
    assert ids(seen) == [2, 0, 3]
    assert seen.ahead is not None
    assert list(seen.ahead.reasons) == ["why 2", "why 0", "why 3"]


def test_a_list_that_became_too_short_is_made_anew_and_whole() -> None:
    work, verdict = answered(world_of(held_of(), seen=[4, 2]))
    assert verdict == "short"
    assert len(ids(work)) == 3
    assert not set(ids(work)) & {4, 2}


def test_more_than_it_holds_is_made_anew() -> None:
    work, verdict = answered(world_of(held_of()), replace(REQUEST, count=5))
    assert (verdict, len(ids(work))) == ("short", 5)


positions = st.dictionaries(st.sampled_from("0123"), st.integers(0, 9), max_size=4)


@given(positions, positions, positions, positions)
def test_a_list_covers_what_it_was_made_from_and_no_more(
    made: dict[str, int], profile: dict[str, int], now: dict[str, int], profile_now: dict[str, int]
) -> None:
    row = RefreshedList(applied=made, history=made, profile=profile)
    read = {USER_ACTIVITY.name: now, USER_HISTORY.name: now, USER_PROFILE.name: profile_now}
    ahead = [at for at in now if now[at] > made.get(at, -1)]
    profile_ahead = [at for at in profile_now if profile_now[at] > profile.get(at, -1)]
    assert covers(row, read) == (not ahead and not profile_ahead)


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_an_answer_from_a_list_keeps_the_promises_of_any(items: list[int], seen: set[int], active: list[bool]) -> None:
    work, verdict = answered(world_of(held_of(items), active=active, seen=sorted(seen)))
    allowed = [item for item in items if active[item] and item not in seen]
    assert len(set(ids(work))) == len(ids(work)) == min(3, len(allowed))
    assert set(ids(work)) <= set(allowed)
    if verdict == "ok":
        assert ids(work) == allowed[:3]


def test_its_record_is_small_and_names_the_list() -> None:
    work, _ = answered(world_of(held_of()))
    record = decision(work, "asked", NOW + 5)
    assert (record.source, made_by(record), record.items) == ("refreshed", "made", ["item-4", "item-2", "item-0"])
    assert unpack_floats(record.scores).tolist() == [4, 3, 2]
    assert (record.ranker, record.model_version, record.shortlist, record.values) == ("deepfm", "v7", [], b"")


def test_the_record_of_a_list_made_ahead_says_that_nobody_was_shown_it() -> None:
    work, _ = answered(world_of(None), replace(REQUEST, ahead=True, plain=False))
    assert decision(work, "made", NOW).source == AHEAD
    work, _ = answered(world_of(None))
    assert (decision(work, "made", NOW).source, made_by(decision(work, "made", NOW))) == ("", "")


@pytest.mark.parametrize("active", [[True] * 6, [True, True, False, True, True, True]])
def test_items_that_are_kept_ready_are_those_that_are_made(active: list[bool]) -> None:
    answers = Answers()
    world = world_of(held_of(), active=active)
    first, again = (answers.of(answered(world)[0], "r", debug=False) for _ in range(2))
    assert first.items == again.items
    assert [item.position for item in again.items] == [0, 1, 2]
    assert [channel.channel for item in again.items for channel in item.channels] == ["als"] * 3
    assert again.items[0].reason == "why 4"
    fewer = answers.of(answered(world, replace(REQUEST, count=2))[0], "r", debug=False)
    assert list(fewer.items) == list(first.items)[:2]


async def asked(world: FixedWorld, **fields: Any) -> RecommendResponse:
    async with served(world, {"hot": FixedChannel("hot", [1, 5])}, config=CONFIG) as running:
        request = RecommendRequest(tenant_id=TENANT, user_id="u", count=3, **fields)
        answer: RecommendResponse = await running.recommend.Recommend(request)
    return answer


async def test_the_answer_says_where_it_comes_from() -> None:
    answer = await asked(world_of(held_of()))
    assert [item.item_id for item in answer.items] == ["item-4", "item-2", "item-0"]
    assert (answer.source, answer.refreshed_at_ms, answer.as_of_ms) == ("refreshed", NOW - 1000, NOW)
    assert (answer.ranker, answer.model_version) == ("deepfm", "v7")
    assert answer.request_id != "made"
    assert answer.items[0].title == "Title 4"
    assert {row.topic: dict(row.applied) for row in answer.rows} == {
        table: {int(partition): at for partition, at in applied.items()} for table, applied in READ.items()
    }


@pytest.mark.parametrize(
    "fields", [{"as_of_ms": NOW}, {"exclude_seen": True}, {"context": {"device": "phone"}}, {"ahead": True}]
)
async def test_what_is_asked_beyond_a_list_is_made_anew(fields: dict[str, Any]) -> None:
    answer = await asked(world_of(held_of()), **fields)
    assert (answer.source, answer.HasField("refreshed_at_ms"), answer.items[0].item_id) == ("", False, "item-1")


async def test_another_tenant_gets_nothing_of_it() -> None:
    async with served(world_of(held_of()), config=CONFIG) as running:
        refusal = await refusal_of(
            running.recommend.Recommend(RecommendRequest(tenant_id="other", user_id="u", count=3))
        )
    assert refusal.code is grpc.StatusCode.NOT_FOUND
