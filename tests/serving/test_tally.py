"""Tallies: the same as prometheus_client's own counters and histograms, whoever counts and whenever it is looked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from serving.tally import Tally, Timings

BOUNDS = (0.001, 0.01, 0.5)
labels = st.sampled_from(["a", "b", 'c"\n'])
seconds = st.sampled_from([0.0, *BOUNDS, 2.0]) | st.floats(0, 1)


def shown(registry: CollectorRegistry) -> list[str]:
    """What Prometheus is told, without when each was made, which tallies do not say."""
    return sorted(line for line in generate_latest(registry).decode().splitlines() if "_created" not in line)


@given(st.lists(labels | st.none()))
def test_counts_are_those_of_the_library(noted: list[str | None]) -> None:
    own, other = CollectorRegistry(), CollectorRegistry()
    tally = Tally("calls", "Calls.", ("method", "code"), own)
    counter = Counter("calls", "Calls.", ("method", "code"), registry=other)
    for label in noted:
        if label is None:
            shown(own)  # as often as it is looked
        else:
            tally.note(label, "OK")
            counter.labels(label, "OK").inc()
    assert shown(own) == shown(other)


@given(st.lists(st.tuples(labels, seconds) | st.none()))
def test_histograms_are_those_of_the_library(noted: list[tuple[str, float] | None]) -> None:
    own, other = CollectorRegistry(), CollectorRegistry()
    timings = Timings("took", "Time.", ("stage",), own, BOUNDS)
    histogram = Histogram("took", "Time.", ("stage",), buckets=BOUNDS, registry=other)
    for each in noted:
        if each is None:
            shown(own)
        else:
            timings.note(each[1], each[0])
            histogram.labels(each[0]).observe(each[1])
    mine, theirs = (without_sums(registry) for registry in (own, other))
    assert mine == theirs
    for label in {each[0] for each in noted if each is not None}:
        totals = [registry.get_sample_value("took_sum", {"stage": label}) for registry in (own, other)]
        assert totals[0] == pytest.approx(totals[1])  # added up in another order


def without_sums(registry: CollectorRegistry) -> list[str]:
    return [line for line in shown(registry) if "_sum" not in line]


def test_nothing_is_lost_between_threads_that_count_and_one_that_looks() -> None:
    registry = CollectorRegistry()
    tally, timings = Tally("calls", "Calls.", ("who",), registry), Timings("took", "Time.", (), registry, BOUNDS)

    def count(who: str) -> None:
        for _ in range(20_000):
            tally.note(who)
            timings.note(0.25)

    with ThreadPoolExecutor(4) as pool:
        counting = [pool.submit(count, who) for who in "aabb"]
        while not all(each.done() for each in counting):
            shown(registry)
        for each in counting:
            each.result()
    assert [registry.get_sample_value("calls_total", {"who": who}) for who in "ab"] == [40_000, 40_000]
    assert registry.get_sample_value("took_count") == 80_000
    assert registry.get_sample_value("took_sum") == 20_000


def test_what_nobody_looks_at_takes_no_room() -> None:
    timings = Timings("took", "Time.", (), CollectorRegistry(), BOUNDS)
    for _ in range(100_000):
        timings.note(0.25)
    assert len(timings._noted) < 2_000


def test_a_name_is_given_once() -> None:
    registry = CollectorRegistry(auto_describe=True)
    Tally("calls", "Calls.", (), registry)
    with pytest.raises(ValueError, match="calls"):
        Counter("calls", "Calls.", registry=registry)
