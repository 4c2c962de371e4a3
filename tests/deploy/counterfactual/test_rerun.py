"""A recorded request run again: the same configuration gives the same list, and each other what it says."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from msgspec.structs import replace

from deploy.counterfactual.errors import NoRerunError
from deploy.counterfactual.rerun import rerun
from deploy.counterfactual.study import CAVEAT, NOT_RECORDED, study
from schemas.decision_records import Decision
from schemas.packing import pack_floats
from serving.bff.decision import decision
from serving.bff.work import Request
from serving.config import CHANNELS, ChannelConfig, ScenarioConfig
from serving.config_file import ServingConfig
from serving.reranking.rules.diversity import Diversity
from serving.views.catalogue import Catalogue
from tests.serving.bff.test_pipeline import answer, pipeline_of
from tests.serving.fakes import NOW, TENANT, FakeChannel, FixedChannel, FixedWorld, catalogue_of, state_of

ITEMS = 14


def configured(**changes: Any) -> ScenarioConfig:
    return ScenarioConfig().model_copy(update=changes)


VARIED = Diversity(window=4, same_category=2, same_author=1)


@st.composite
def recorded(draw: st.DrawFn, config: ScenarioConfig) -> tuple[Decision, Catalogue]:
    """Return the record of a request, as serving makes it, and the catalogue."""
    kinds = st.lists(st.integers(-1, 2), min_size=ITEMS, max_size=ITEMS)
    active = draw(st.lists(st.booleans(), min_size=ITEMS, max_size=ITEMS))
    catalogue = catalogue_of(active, draw(kinds), draw(kinds))
    channels: dict[str, FakeChannel] = {
        name: FixedChannel(name, draw(st.permutations(range(ITEMS)))[: draw(st.integers(0, ITEMS))])
        for name in config.channels
    }
    world = FixedWorld(catalogue, {"u": state_of(draw(st.lists(st.integers(0, ITEMS - 1), max_size=4)))})
    request = Request(TENANT, "u", "home", draw(st.integers(1, ITEMS)), NOW)
    work = asyncio.run(answer(pipeline_of(world, channels, config), request))
    return decision(work, "r", NOW), catalogue


def modelled(data: DataObject, made: Decision) -> Decision:
    """Return the record as a ranker with a model would have left it, before rules."""
    scores = data.draw(
        st.lists(st.sampled_from([0.0, 0.25, 0.5]), min_size=len(made.shortlist), max_size=len(made.shortlist))
    )
    return replace(made, model_version="v1", ranked=pack_floats(np.array(scores, np.float32)))


@settings(deadline=None, max_examples=40)
@given(st.data(), st.sampled_from(["score", "random", "deepfm"]))
def test_a_configuration_that_changes_nothing_gives_the_very_list(data: DataObject, ranker: str) -> None:
    config = configured(ranker=ranker, diversity=VARIED, candidates=data.draw(st.sampled_from([3, 8, 500])))
    made, catalogue = data.draw(recorded(config))
    again = rerun(made, catalogue, config, config)
    assert (list(again.items), again.unknown) == (made.items, frozenset())


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_other_weights_give_what_serving_would_have_given(data: DataObject) -> None:
    """Where no filter took anything out and no limit cut anything off, the record holds all there is to know."""
    base = configured(ranker="score", filters=("availability",), channels=("als", "tag", "hot"))
    weights = {
        name: ChannelConfig(weight=weight)
        for name, weight in zip(base.channels, data.draw(st.permutations([0.5, 1.0, 3.0])), strict=True)
    }
    other = base.model_copy(update={**weights, "diversity": VARIED})
    channels: dict[str, FakeChannel] = {
        name: FixedChannel(name, data.draw(st.permutations(range(ITEMS)))) for name in base.channels
    }
    world = FixedWorld(catalogue_of([True] * ITEMS, [n % 3 for n in range(ITEMS)], [n % 4 for n in range(ITEMS)]))
    request = Request(TENANT, "u", "home", 6, NOW)
    was, would = (
        decision(asyncio.run(answer(pipeline_of(world, channels, config), request)), "r", NOW)
        for config in (base, other)
    )
    assert list(rerun(was, world.tenant_catalogue, base, other).items) == would.items


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_rerun_list_keeps_its_promises(data: DataObject) -> None:
    base = configured(ranker=data.draw(st.sampled_from(["score", "deepfm"])))
    made, catalogue = data.draw(recorded(base))
    if data.draw(st.booleans()) and base.ranker == "deepfm":
        made = modelled(data, made)
    channels = data.draw(st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True))
    other = configured(
        ranker=data.draw(st.sampled_from(["score", "random", base.ranker])),
        channels=tuple(channels),
        candidates=data.draw(st.sampled_from([1, 5, 500])),
        tag=ChannelConfig(weight=data.draw(st.floats(0, 5)), limit=data.draw(st.integers(1, 400))),
        rules=data.draw(st.sampled_from([(), ("diversity",)])),
    )
    found = rerun(made, catalogue, base, other)
    assert len(set(found.items)) == len(found.items) == len(made.items)
    assert set(found.items) <= set(made.shortlist)


def one() -> Decision:
    """Return the record of a list of one of one candidate."""
    return Decision(
        *("r", "t", "u", "home", 0, 0, ["item-0"], b""), ranker="deepfm", candidates=["item-0"], fused=b"\0" * 4
    )


def test_another_model_is_refused_with_what_can_be_told() -> None:
    made = one()
    with pytest.raises(NoRerunError, match=r"wide_deep needs features .* score and random .* deepfm"):
        rerun(made, catalogue_of([True]), configured(), configured(ranker="wide_deep"))


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        ({"channels": (*CHANNELS[:-1],)}, "ranks within a channel"),
        ({"hot": ChannelConfig(weight=0.3, limit=101)}, "channel hot was not asked for more than 100 items"),
        ({"hot": ChannelConfig(weight=0.3, limit=100, budget_ms=5)}, "channel hot has another budget"),
        ({"candidates": 501}, "candidates beyond the first 500"),
        ({"filters": ("availability",)}, "how what filter seen took out"),
    ],
)
def test_what_the_record_does_not_hold_is_named(changes: dict[str, Any], unknown: str) -> None:
    found = rerun(one(), catalogue_of([True]), configured(), configured(**changes))
    assert any(note.startswith(unknown) for note in found.unknown)


def test_a_channel_or_filter_that_was_not_there_is_named() -> None:
    base = configured(channels=("hot",), filters=("availability",))
    found = rerun(one(), catalogue_of([True]), base, configured(channels=("hot", "als")))
    assert {"channel als was not asked", "what filter seen would have taken out"} <= found.unknown


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_a_study_of_nothing_changed_says_that_nothing_changed(data: DataObject) -> None:
    config = configured(ranker="score", diversity=VARIED)
    made, catalogue = data.draw(recorded(config))
    if made.shortlist:
        told = study(
            [made, replace(made, scenario="feed")], catalogue, ServingConfig(config), ServingConfig(config), 10
        )
        for figures in (told["total"], *told["scenarios"].values()):
            assert (figures["overlap"], figures["changed"], figures["reproduced"]) == (1.0, 0.0, 1.0)
            assert figures["rank_correlation"] in (1.0, None)
            assert figures["before"] == figures["after"]
        assert told["unknown"] == {}


def test_a_study_is_by_scenario_and_tells_what_it_left_out() -> None:
    base, other = (
        configured(ranker="score", rules=()),
        configured(ranker="score", rules=("diversity",), diversity=VARIED),
    )
    catalogue = catalogue_of([True] * 4, [0, 0, 0, 1], [0, 1, 2, 3])
    made = Decision(
        *("r", "t", "u", "home", 0, 0, ["item-0", "item-1", "item-2"], b""),
        ranker="score",
        candidates=[f"item-{n}" for n in range(4)],
        fused=pack_floats(np.array([4, 3, 2, 1], np.float32)),
    )
    bare = Decision("b", "t", "u", "home", 0, 0, ["item-0"], b"")
    told = study([made, replace(made, scenario="feed"), bare], catalogue, ServingConfig(base), ServingConfig(other), 2)
    assert list(told["scenarios"]) == ["feed", "home"]
    assert told["scenarios"]["home"] == {
        "lists": 1,
        "changed": 1.0,
        "reproduced": 1.0,
        "overlap": 1.0,
        "rank_correlation": 1.0,
        "before": {"coverage": 0.75, "categories_per_item": 1 / 3, "authors_per_item": 1.0, "violations": 1},
        "after": {"coverage": 0.75, "categories_per_item": 2 / 3, "authors_per_item": 1.0, "violations": 0},
    }
    assert told["unknown"] == {NOT_RECORDED: 1}
    assert told["caveat"] == CAVEAT


def test_where_nothing_can_be_told_that_is_said() -> None:
    with pytest.raises(NoRerunError, match="no list was shown"):
        study([], catalogue_of([]), ServingConfig(), ServingConfig(), 10)
    with pytest.raises(NoRerunError, match="holds no candidates"):
        study([Decision("b", "t", "u", "home", 0, 0, [], b"")], catalogue_of([]), ServingConfig(), ServingConfig(), 10)
