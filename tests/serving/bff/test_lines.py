"""Lines: which stages each service has, and what stands for those that another process does."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from serving.bff.lines import PARTS, called
from serving.bff.stages import Policy, Stage
from serving.bff.work import RECOMMEND, Work
from serving.config import CHANNELS
from tests.contracts.pipeline import CONFIG, REQUEST, Case
from tests.serving.fakes import FixedChannel, FixedWorld, catalogue_of
from tests.serving.models.shelves import shelf_of

LINES = Case(
    FixedWorld(catalogue_of([])), {name: FixedChannel(name, []) for name in CHANNELS}, REQUEST, CONFIG, shelf_of()
).lines()
NAMES = ("gate", "refreshed", "recall", "merge", "filter", "fill", "features", "rank", "rerank")


def names(line: str) -> list[str]:
    return [stage.name for stage in LINES.lines[line].stages]


async def step(work: Work, until: float) -> None:
    raise AssertionError("is not run")


async def other(work: Work, until: float) -> None:
    raise AssertionError("is not run")


WHOLE = [Stage(name, 10, Policy.OPEN, other) for name in NAMES]


def test_each_service_has_its_part_of_the_stages() -> None:
    assert names(RECOMMEND) == list(NAMES)
    assert names("recall") == ["gate", "given", "recall", "merge"]
    assert names("ranking") == ["gate", "given", "features", "rank"]
    assert names("reranking") == ["gate", "given", "filter", "rerank"]


def test_what_would_make_an_answer_wrong_fails_closed_in_each_line() -> None:
    for pipeline in LINES.lines.values():
        closed = {stage.name for stage in pipeline.stages if stage.policy is Policy.CLOSED}
        assert closed == {"gate", "given", "filter"} & {stage.name for stage in pipeline.stages}


@pytest.mark.parametrize(
    "parts", list(chain.from_iterable(combinations(PARTS, size) for size in range(len(PARTS) + 1)))
)
def test_a_call_stands_for_the_stages_of_its_part_with_their_time(parts: tuple[str, ...]) -> None:
    stages = called(WHOLE, dict.fromkeys(parts, step))
    gone = {name for part in parts for name in PARTS[part].stands_for}
    calls = [stage for stage in stages if stage.run is step]
    assert [stage.name for stage in stages if stage.run is not step] == [name for name in NAMES if name not in gone]
    assert {stage.name for stage in calls} == {PARTS[part].name for part in parts}
    assert all(stage.budget_ms == 40 and stage.policy is Policy.OPEN for stage in calls)
    order = [NAMES.index(stage.name) for stage in stages]
    assert order == sorted(order)
