"""Limits: never more than allowed in any stretch of time, never less than promised, each tenant's by itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import LimitedError
from serving.security.limits import Limiter, Limits, Rate, TenantLimits

SECOND = 1_000_000_000
rates = st.builds(Rate, st.integers(1, 2 * SECOND), st.integers(1, 50))
gaps = st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=200)


@dataclass
class Clock:
    now: int = 0

    def __call__(self) -> int:
        return self.now


def limiter(clock: Clock, rate: Rate | None = None, concurrent: int = 1_000, **own: Limits) -> Limiter:
    return Limiter(TenantLimits(Limits(rate, concurrent), own), clock)


def admitted(rate: Rate, asked: list[int]) -> list[int]:
    due, let_in = asked[0], []
    for now in asked:
        due, wait = rate.take(due, now)
        if not wait:
            let_in.append(now)
    return let_in


def times(gaps: list[int]) -> list[int]:
    now, found = 0, []
    for gap in gaps:
        now += gap
        found.append(now)
    return found


@given(rates, gaps)
def test_no_stretch_of_time_holds_more_than_the_burst_and_the_rate(rate: Rate, gaps: list[int]) -> None:
    let_in = admitted(rate, times(gaps))
    for first in range(len(let_in)):
        for last in range(first, len(let_in)):
            stretch = let_in[last] - let_in[first]
            assert last - first + 1 <= rate.burst + stretch // rate.interval_ns


@given(rates, gaps)
def test_whoever_waits_as_told_is_let_in_and_not_a_moment_sooner(rate: Rate, gaps: list[int]) -> None:
    due = 0
    for now in times(gaps):
        after, wait = rate.take(due, now)
        if wait:
            assert after == due, "a refusal costs nothing"
            assert rate.take(due, now + wait)[1] == 0
            assert rate.take(due, now + wait - 1)[1] == 1
        due = after


@given(rates, st.integers(1, 100))
def test_whoever_keeps_to_the_rate_is_never_refused_and_a_pause_gives_the_burst_back(rate: Rate, calls: int) -> None:
    steady = [number * rate.interval_ns for number in range(calls)]
    assert admitted(rate, steady) == steady
    later = steady[-1] + rate.burst * rate.interval_ns
    assert admitted(rate, [*steady, *[later] * (rate.burst + 5)]) == [*steady, *[later] * rate.burst]


@given(rates, st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, SECOND)), max_size=100))
def test_one_tenant_takes_nothing_from_another(rate: Rate, calls: list[tuple[str, int]]) -> None:
    def answers(only: str | None) -> list[bool]:
        clock, found = Clock(), []
        limits = limiter(clock, rate)
        for tenant, gap in calls:
            clock.now += gap
            if only in (None, tenant):
                found.append((tenant, is_let_in(limits, tenant)))
        return [verdict for tenant, verdict in found if tenant == "a"]

    assert answers(None) == answers("a")


def is_let_in(limits: Limiter, tenant: str) -> bool:
    try:
        limits.enter(tenant)
    except LimitedError:
        return False
    limits.leave(tenant)
    return True


@given(st.integers(1, 5), st.lists(st.sampled_from(["a", "b", "end a", "end b"]), max_size=60))
def test_as_many_calls_are_under_way_as_may_be(most: int, steps: list[str]) -> None:
    limits = limiter(Clock(), None, most)
    under_way = {"a": 0, "b": 0}
    for step in steps:
        tenant = step[-1]
        if step.startswith("end"):
            if under_way[tenant]:
                limits.leave(tenant)
                under_way[tenant] -= 1
            continue
        if under_way[tenant] == most:
            with pytest.raises(LimitedError) as refused:
                limits.enter(tenant)
            assert refused.value.retry_after_s > 0
        else:
            limits.enter(tenant)
            under_way[tenant] += 1


def test_a_call_refused_for_those_under_way_costs_no_token() -> None:
    clock = Clock()
    limits = limiter(clock, Rate.of(1, 2), 1)
    limits.enter("a")
    assert not is_let_in(limits, "a")
    limits.leave("a")
    assert is_let_in(limits, "a")
    assert not is_let_in(limits, "a")


def test_a_tenant_may_have_limits_of_its_own() -> None:
    limits = limiter(Clock(), Rate.of(1, 1), big=Limits(Rate.of(1, 3), 10))
    assert [is_let_in(limits, "big") for _ in range(4)] == [True, True, True, False]
    assert [is_let_in(limits, "small") for _ in range(2)] == [True, False]


def test_the_refusal_says_after_how_long() -> None:
    clock = Clock()
    limits = limiter(clock, Rate.of(4, 1))
    assert is_let_in(limits, "a")
    clock.now += SECOND // 10
    with pytest.raises(LimitedError, match="4 calls a second") as refused:
        limits.enter("a")
    assert refused.value.retry_after_s == pytest.approx(0.15)


def test_tenants_without_a_past_are_forgotten() -> None:
    clock = Clock()
    limits = limiter(clock, Rate.of(1000, 1))
    for number in range(30_000):
        assert is_let_in(limits, f"t{number}")
        clock.now += 1_000_000
    assert len(limits._due) <= 10_001
    assert all(one <= other for one, other in pairwise(limits._due.values()))
