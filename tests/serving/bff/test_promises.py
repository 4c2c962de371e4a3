"""What every answer keeps, whatever its channels, its rules, and a state that moves between two pages."""

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.bff.work import Request, Work
from serving.candidate import Candidates
from serving.config import CHANNELS, FILTERS, RULES, ScenarioConfig
from serving.views.catalogue import Catalogue
from tests.serving.bff.test_pipeline import CONFIG, MAKES, REQUEST, answer, listed, pipeline_of
from tests.serving.fakes import (
    LIES,
    FakeChannel,
    FixedWorld,
    LyingChannel,
    catalogues,
    exposed,
    query_of,
    state_of,
)

ITEMS = st.sampled_from([f"item-{n}" for n in range(12)])


@st.composite
def conducts(draw: st.DrawFn, catalogue: Catalogue) -> dict[str, FakeChannel]:
    """Return channels that answer, fail, are late or lie."""
    numbers = range(len(catalogue))
    channels: dict[str, FakeChannel] = {}
    for name in CHANNELS:
        items = draw(st.permutations(numbers))[: draw(st.integers(0, 30))]
        lie = draw(st.sampled_from((None, None, *LIES)))
        channels[name] = LyingChannel(name, lie, items) if lie else draw(st.sampled_from(MAKES))(name, items)
    return channels


@st.composite
def worlds(draw: st.DrawFn) -> FixedWorld:
    catalogue = draw(catalogues())
    numbers = st.integers(0, len(catalogue) - 1)
    seen = draw(st.sets(numbers)) if len(catalogue) else set()
    shown = draw(st.lists(st.tuples(numbers, exposed), max_size=20)) if len(catalogue) else []
    return FixedWorld(catalogue, {"u": state_of(list(seen), shown=shown)})


@st.composite
def configs(draw: st.DrawFn) -> ScenarioConfig:
    """Return a configuration of any filters and rules; pins come last, as they must."""
    rules = draw(st.lists(st.sampled_from([rule for rule in RULES if rule != "pin"]), unique=True))
    pinned = draw(st.lists(ITEMS, unique=True, max_size=3))
    given_: dict[str, Any] = {
        "filters": ["availability", *draw(st.lists(st.sampled_from(FILTERS[1:]), unique=True))],
        "rules": [*rules, *(["pin"] if pinned else [])],
        "ranker": draw(st.sampled_from(["score", "random", "deepfm"])),
        "pin": {"places": [{"item": item, "position": 2 * n} for n, item in enumerate(pinned)]},
        "block": {"items": draw(st.lists(ITEMS, max_size=3)), "tags": draw(st.sampled_from([[], ["category-1"]]))},
        "boost": {"tags": draw(st.sampled_from([{}, {"category-0": 3.0}]))},
        "frequency_cap": {"most": draw(st.integers(1, 2))},
        "candidates": draw(st.sampled_from([1, 5, 500])),
    }
    quick = CONFIG.model_dump(include=set(CHANNELS))
    for name in CHANNELS:
        quick[name] |= {
            "budget_ms": 1,
            "quota": draw(st.sampled_from([None, 2])),
            "guaranteed": draw(st.sampled_from([0, 3])),
        }
    return ScenarioConfig.model_validate(quick | given_)


@st.composite
def cases(draw: st.DrawFn) -> tuple[FixedWorld, dict[str, FakeChannel], ScenarioConfig, Request]:
    world = draw(worlds())
    asked = replace(REQUEST, count=draw(st.integers(1, 40)), exclude_seen=draw(st.sampled_from([None, True, False])))
    return world, draw(conducts(world.tenant_catalogue)), draw(configs()), asked


def may_be_shown(world: FixedWorld, config: ScenarioConfig, asked: Request) -> set[int]:
    """Return the items that no filter takes out: those are tested one by one."""
    catalogue = world.tenant_catalogue
    everything = np.arange(len(catalogue), dtype=np.int32)
    nothing = np.zeros(len(catalogue), np.float32)
    exclude_seen = config.exclude_seen if asked.exclude_seen is None else asked.exclude_seen
    left = config.filter_chain(exclude_seen).apply(
        query_of(catalogue, world.states["u"]), Candidates(everything, nothing, nothing[:, np.newaxis], ("hot",))
    )
    return set(left.items.tolist())


@settings(deadline=None)
@given(cases())
def test_a_list_keeps_its_promises(case: tuple[FixedWorld, dict[str, FakeChannel], ScenarioConfig, Request]) -> None:
    world, channels, config, asked = case
    work = asyncio.run(answer(pipeline_of(world, channels, config), asked))
    items, allowed = listed(work), may_be_shown(world, config, asked)
    assert len(items) == len(set(items)), "an item twice"
    assert set(items) <= allowed, "an item that may not be shown"
    assert len(items) == min(asked.count, len(allowed)), "shorter than it need be"
    liars = {name for name, channel in channels.items() if isinstance(channel, LyingChannel)}
    assert liars <= {name for name, outcome in work.outcomes.items() if outcome.missing}
    assert work.degraded or not liars
    assert not [report.name for report in work.reports if report.failed]


@settings(deadline=None, max_examples=30)
@given(cases())
def test_the_same_question_has_the_same_answer(
    case: tuple[FixedWorld, dict[str, FakeChannel], ScenarioConfig, Request],
) -> None:
    world, channels, config, asked = case
    once, again = (asyncio.run(answer(pipeline_of(world, channels, config), asked)) for _ in range(2))
    assert listed(once) == listed(again)


def ids(work: Work) -> list[str]:
    return [work.query.catalogue.ids[item] for item in listed(work)]


@settings(deadline=None, max_examples=40)
@given(st.lists(worlds(), min_size=2, max_size=4), configs(), st.integers(1, 8), st.data())
def test_no_page_repeats_an_earlier_one_though_each_is_of_another_server_and_state(
    servers: list[FixedWorld], config: ScenarioConfig, count: int, data: st.DataObject
) -> None:
    shown: list[str] = []
    for world in servers:
        asked = replace(REQUEST, count=count, earlier=tuple(shown))
        channels = data.draw(conducts(world.tenant_catalogue))
        page = ids(asyncio.run(answer(pipeline_of(world, channels, config), asked)))
        assert not set(page) & set(shown)
        numbers = {world.tenant_catalogue.numbers.get(item, -1) for item in shown}
        assert len(page) == min(count, len(may_be_shown(world, config, asked) - numbers))
        shown += page


@settings(deadline=None, max_examples=30)
@given(worlds(), configs(), st.integers(1, 8), st.data())
def test_all_pages_together_are_all_that_may_be_shown(
    world: FixedWorld, config: ScenarioConfig, count: int, data: st.DataObject
) -> None:
    shown: list[str] = []
    page = ["none yet"]
    channels = data.draw(conducts(world.tenant_catalogue))
    while page:
        asked = replace(REQUEST, count=count, earlier=tuple(shown))
        page = ids(asyncio.run(answer(pipeline_of(world, channels, config), asked)))
        shown += page
    allowed = {world.tenant_catalogue.ids[item] for item in may_be_shown(world, config, REQUEST)}
    assert sorted(shown) == sorted(allowed)
