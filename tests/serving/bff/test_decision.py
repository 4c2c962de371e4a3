"""The record of a decision says where each candidate stood after each rule; the last one gives the list."""

import asyncio

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.packing import NOWHERE, unpack_places
from serving.bff.decision import decision
from serving.bff.explain import explain
from serving.reranking.rules.diversity import Diversity
from tests.serving.bff.test_pipeline import CONFIG, REQUEST, answer, pipeline_of
from tests.serving.fakes import FixedChannel, FixedWorld, catalogue_of

VARIED = CONFIG.model_copy(update={"diversity": Diversity(window=3, same_category=1), "ranker": "score"})


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(12)), st.lists(st.integers(-1, 1), min_size=12, max_size=12))
def test_the_order_after_the_last_rule_is_that_of_the_list(items: list[int], kinds: list[int]) -> None:
    world = FixedWorld(catalogue_of([True] * 12, kinds, kinds))
    work = asyncio.run(answer(pipeline_of(world, {"hot": FixedChannel("hot", items)}, VARIED), REQUEST))
    record = decision(work, "r", 0)
    stood = unpack_places(record.order, len(record.shortlist))
    assert record.order_by == ["diversity"]
    assert sorted(stood[0].tolist()) == list(range(len(record.shortlist))), "each stands somewhere, none twice"
    assert [record.shortlist[at] for at in np.argsort(stood[0])][: len(record.items)] == record.items
    for position, item in enumerate(record.items, start=1):
        found = explain(record, item)
        assert [(rule.before, rule.after) for rule in found.rules] == [(found.rank, position)]


def test_without_rules_there_is_no_order() -> None:
    config = CONFIG.model_copy(update={"rules": ()})
    work = asyncio.run(answer(pipeline_of(FixedWorld(catalogue_of([True] * 3)), config=config)))
    record = decision(work, "r", 0)
    assert (record.order_by, record.order) == ([], b"")
    assert explain(record, record.items[0]).rules == []


def test_what_a_rule_takes_out_stands_nowhere_after_it() -> None:
    world = FixedWorld(catalogue_of([True] * 3))
    work = asyncio.run(answer(pipeline_of(world, {"hot": FixedChannel("hot", [2, 1, 0])})))
    work.orders = {"first": work.candidates.items[:2], "second": work.candidates.items[:1]}
    record = decision(work, "r", 0)
    assert unpack_places(record.order, 3).tolist() == [[0, 1, NOWHERE], [0, NOWHERE, NOWHERE]]
    found = [explain(record, item).rules for item in record.shortlist]
    assert [[(rule.rule, rule.before, rule.after) for rule in rules] for rules in found] == [
        [("first", 1, 1), ("second", 1, 1)],
        [("first", 2, 2), ("second", 2, None)],
        [("first", 3, None)],
    ]
