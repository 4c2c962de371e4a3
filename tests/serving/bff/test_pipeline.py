"""The pipeline over a world in memory: whatever its channels do, the answer keeps its promises."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from serving.bff.pipeline import Pipeline
from serving.bff.stages import Policy, stages
from serving.bff.work import Request, Work
from serving.config import CHANNELS, ChannelConfig, ScenarioConfig
from serving.config_file import ServingConfig
from serving.errors import NotReadyError, UnknownTenantError
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from tests.serving.fakes import (
    NOW,
    TENANT,
    FailingChannel,
    FakeChannel,
    FixedChannel,
    FixedWorld,
    LateChannel,
    as_channel,
    catalogue_of,
    catalogues,
    state_of,
)

QUICK = ChannelConfig(budget_ms=1)
CONFIG = ScenarioConfig(item_cf=QUICK, tag=QUICK, recent=QUICK, hot=QUICK)
REQUEST = Request(TENANT, "u", "default", 10, NOW)

Make = Callable[[str, list[int]], FakeChannel]
MAKES: tuple[Make, ...] = (FixedChannel, lambda name, _: FailingChannel(name), lambda name, _: LateChannel(name))


def pipeline_of(
    world: FixedWorld, channels: Mapping[str, FakeChannel] | None = None, config: ScenarioConfig = CONFIG
) -> Pipeline:
    fakes: dict[str, FakeChannel] = {name: FixedChannel(name, []) for name in CHANNELS}
    every = {name: as_channel(fake) for name, fake in (fakes | dict(channels or {})).items()}
    metrics = Metrics(CollectorRegistry())
    return Pipeline(stages(world, ServingConfig(config), every, make_rankers(Shelf()), metrics), metrics)


async def answer(pipeline: Pipeline, request: Request = REQUEST, left_s: float = 10.0) -> Work:
    return await pipeline.run(request, asyncio.get_running_loop().time() + left_s)


def first_channel(work: Work, position: int) -> str:
    proposed = work.candidates.proposed[position]
    return work.candidates.channels[int(np.flatnonzero(~np.isnan(proposed))[0])]


def listed(work: Work) -> list[int]:
    return [int(item) for item in work.candidates.items[: work.request.count]]


@st.composite
def cases(draw: st.DrawFn) -> tuple[FixedWorld, dict[str, FakeChannel], Request]:
    """Return a world, channels of any conduct that may propose anything in it, and a request."""
    catalogue = draw(catalogues())
    numbers = range(len(catalogue))
    seen = draw(st.sets(st.sampled_from(numbers))) if numbers else set()
    channels = {
        name: draw(st.sampled_from(MAKES))(name, draw(st.permutations(numbers))[: draw(st.integers(0, 30))])
        for name in CHANNELS
    }
    world = FixedWorld(catalogue, {"u": state_of(list(seen))})
    exclude_seen = draw(st.sampled_from([None, True, False]))
    return world, channels, replace(REQUEST, count=draw(st.integers(1, 40)), exclude_seen=exclude_seen)


@settings(deadline=None)
@given(cases(), st.sampled_from(["score", "random"]))
def test_a_list_keeps_its_promises(case: tuple[FixedWorld, dict[str, FakeChannel], Request], ranker: str) -> None:
    world, channels, request = case
    config = CONFIG.model_copy(update={"ranker": ranker})
    work = asyncio.run(answer(pipeline_of(world, channels, config), request))
    items = listed(work)
    catalogue = world.tenant_catalogue
    seen = set() if request.exclude_seen is False else set(world.states["u"].seen.tolist())
    may_be_shown = {n for n in range(len(catalogue)) if catalogue.active[n]} - seen
    assert len(items) == len(set(items)), "an item twice"
    assert set(items) <= may_be_shown, "an item that may not be shown"
    assert len(items) == min(request.count, len(may_be_shown)), "shorter than it need be"
    missing = {name for name, channel in channels.items() if not isinstance(channel, FixedChannel)}
    assert {name for name, outcome in work.outcomes.items() if outcome.missing} == missing
    assert work.degraded == bool(missing)


@settings(deadline=None, max_examples=30)
@given(cases())
def test_the_same_question_has_the_same_answer(case: tuple[FixedWorld, dict[str, FakeChannel], Request]) -> None:
    world, channels, request = case
    once, again = (asyncio.run(answer(pipeline_of(world, channels), request)) for _ in range(2))
    assert listed(once) == listed(again)
    assert list(once.candidates.scores) == list(again.candidates.scores)


async def test_a_short_list_is_filled_from_hot_and_says_so() -> None:
    world = FixedWorld(catalogue_of([True] * 20))
    channels = {"item_cf": FixedChannel("item_cf", [7]), "hot": FixedChannel("hot", [3, 7, 5])}
    only_item_cf = CONFIG.model_copy(update={"channels": ("item_cf",)})
    work = await answer(pipeline_of(world, channels, only_item_cf), replace(REQUEST, count=3))
    assert listed(work) == [7, 3, 5]
    assert work.filled == 2
    assert [first_channel(work, at) for at in range(3)] == ["item_cf", "hot", "hot"]


async def test_what_hot_lacks_comes_from_the_catalogue_newest_first() -> None:
    world = FixedWorld(catalogue_of([True, False, True, True, True]), {"u": state_of([3])})
    channels = {"hot": FixedChannel("hot", [0])}
    work = await answer(pipeline_of(world, channels))
    assert listed(work) == [0, 4, 2]
    assert work.filled == 2
    assert first_channel(work, 1) == "catalogue"


async def test_a_full_list_is_not_filled() -> None:
    world = FixedWorld(catalogue_of([True] * 20))
    work = await answer(pipeline_of(world, {"hot": FixedChannel("hot", list(range(10)))}))
    assert work.filled == 0
    assert not work.degraded


async def test_weights_decide_between_channels() -> None:
    world = FixedWorld(catalogue_of([True] * 4))
    channels = {"tag": FixedChannel("tag", [1]), "hot": FixedChannel("hot", [2])}
    for heavy, first in (("tag", 1), ("hot", 2)):
        config = CONFIG.model_copy(update={heavy: ChannelConfig(weight=10), "channels": ("tag", "hot")})
        assert listed(await answer(pipeline_of(world, channels, config)))[0] == first


async def test_nothing_is_answered_before_the_views_are_ready() -> None:
    with pytest.raises(NotReadyError):
        await answer(pipeline_of(FixedWorld(catalogue_of([True]), ready=False)))


async def test_an_unknown_tenant_is_refused() -> None:
    with pytest.raises(UnknownTenantError):
        await answer(pipeline_of(FixedWorld(catalogue_of([True]))), replace(REQUEST, tenant="nobody"))


async def test_waiting_ends_with_the_deadline() -> None:
    """A channel that may take an hour is cut off, and the list is there all the same."""
    slow = CONFIG.model_copy(update={"tag": ChannelConfig(budget_ms=10_000)})
    world = FixedWorld(catalogue_of([True] * 3))
    work = await answer(pipeline_of(world, {"tag": LateChannel("tag")}, slow), left_s=0.01)
    assert len(listed(work)) == 3
    assert work.outcomes["tag"].missing


@dataclass
class Broken:
    """A ranker, or a rule, that fails."""

    name: ClassVar[str] = "score"
    calls: list[str] = field(default_factory=list)

    async def __call__(self, work: Work, until: float) -> None:
        self.calls.append("called")
        raise ZeroDivisionError("a score of no candidates")


@pytest.mark.parametrize(
    "name", ["gate", "refreshed", "recall", "merge", "filter", "fill", "features", "rank", "rerank"]
)
async def test_each_stage_fails_as_its_policy_says(name: str) -> None:
    world = FixedWorld(catalogue_of([True] * 20))
    whole = pipeline_of(world, {"hot": FixedChannel("hot", list(range(15)))})
    broken = Broken()
    cut = replace(whole, stages=[replace(s, run=broken) if s.name == name else s for s in whole.stages])
    policy = next(stage.policy for stage in whole.stages if stage.name == name)
    if policy is Policy.CLOSED:
        with pytest.raises(ZeroDivisionError):
            await answer(cut)
    else:
        work = await answer(cut)
        assert len(listed(work)) == 10
        assert work.degraded
        assert [report.name for report in work.reports if report.failed] == [name]
    assert broken.calls == ["called"]


def test_what_would_make_a_list_wrong_fails_closed() -> None:
    closed = {s.name for s in pipeline_of(FixedWorld(catalogue_of([]))).stages if s.policy is Policy.CLOSED}
    assert closed == {"gate", "filter"}
