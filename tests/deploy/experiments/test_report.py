"""The report: rates, intervals that hold the truth as often as they say, and users whom something sorted."""

import io

import numpy as np
import orjson
import pytest
from rich.console import Console

from deploy.experiments.report import METRICS, Report, as_json, report, show
from deploy.experiments.tally import Tally
from training.metrics.bootstrap import RESAMPLES, sums

SHARES = {"control": 0.5, "new": 0.5}


def drawn(seed: int, users: dict[str, int], rates: dict[str, float]) -> Tally:
    """Return a tally of users with 1 to 9 lists, each acted on with a chance that differs from user to user."""
    random = np.random.default_rng(seed)
    found = Tally()
    for arm, count in users.items():
        own = found.arms.setdefault(arm, {})
        for number in range(count):
            lists = int(random.integers(1, 10))
            acted = int(random.binomial(lists, random.beta(2 * rates[arm], 2 * (1 - rates[arm]))))
            own[f"{arm}-{number}"] = np.array([lists, acted, int(random.binomial(acted, 0.5))])
    return found


def reported(tally: Tally, control: str | None = None) -> Report:
    return report("e", 1, tally, SHARES, control)


def test_figures_are_those_of_the_lists() -> None:
    tally = Tally({"control": {"u": np.array([4, 1, 0]), "v": np.array([6, 3, 2])}, "new": {"w": np.array([2, 1, 1])}})
    control, new = reported(tally).arms
    assert (control.lists, control.users, control.expected_share) == (10, 2, 0.5)
    assert [control.rates[metric].value for metric in METRICS] == [0.4, 0.2]
    assert new.rates["click_rate"].value == 0.5
    assert new.over_control["click_rate"].value == pytest.approx(0.1)
    assert control.over_control == {}


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rates = {"control": 0.2, "new": 0.3}
    held, told = 0, 0
    for seed in range(60):
        control, new = reported(drawn(seed, {"control": 300, "new": 300}, rates)).arms
        over, rate = new.over_control["click_rate"], control.rates["click_rate"]
        held += (over.low <= 0.1 <= over.high) + (rate.low <= 0.2 <= rate.high)
        told += over.above_zero
    assert held >= 0.88 * 120
    assert told >= 50, "a difference of a half is found"


def test_arms_that_do_the_same_differ_by_nothing() -> None:
    rates = {"control": 0.2, "new": 0.2}
    apart = 0
    for seed in range(60):
        over = reported(drawn(seed, {"control": 300, "new": 300}, rates)).arms[1].over_control["click_rate"]
        apart += not over.low <= 0 <= over.high
    assert apart <= 8


def test_samples_of_arms_are_independent_and_the_same_each_time() -> None:
    rows = np.random.default_rng(0).random((50, 2))
    assert np.array_equal(sums(rows), sums(rows))
    one, other = sums(rows, 0)[:, 0], sums(rows, 1)[:, 0]
    assert one.shape == (RESAMPLES,)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1
    assert one.mean() == pytest.approx(rows[:, 0].sum(), rel=0.01)


@pytest.mark.parametrize(
    ("users", "mismatch"),
    [({"control": 1000, "new": 1010}, False), ({"control": 1000, "new": 1200}, True), ({"control": 1000}, True)],
)
def test_users_that_something_sorted_are_told(users: dict[str, int], mismatch: bool) -> None:
    found = reported(drawn(0, users, {"control": 0.2, "new": 0.2}))
    assert found.mismatch is mismatch
    out = io.StringIO()
    show(Console(file=out, width=200), found)
    assert ("were not shared out as meant" in out.getvalue()) is mismatch


def test_a_user_in_an_arm_that_nobody_is_meant_to_be_in_is_told() -> None:
    tally = drawn(0, {"control": 100, "new": 100, "ghost": 1}, {"control": 0.2, "new": 0.2, "ghost": 0.2})
    found = reported(tally)
    assert [arm.name for arm in found.arms] == ["control", "new", "ghost"]
    assert found.mismatch


def test_of_too_few_users_or_an_unknown_design_nothing_is_said() -> None:
    few = drawn(0, {"control": 3, "new": 4}, {"control": 0.2, "new": 0.2})
    assert reported(few).mismatch_chance is None
    unknown = report("e", 1, few, {}, None)
    assert (unknown.control, unknown.mismatch_chance) == ("control", None)
    assert {arm.expected_share for arm in unknown.arms} == {None}


def test_another_control_may_be_named_and_json_says_the_same() -> None:
    found = reported(drawn(0, {"control": 50, "new": 60}, {"control": 0.2, "new": 0.2}), control="new")
    told = orjson.loads(as_json(found))
    assert told["control"] == "new"
    assert told["arms"][1]["over_control"] == {}
    assert told["arms"][0]["over_control"]["like_rate"].keys() == {"value", "low", "high"}
    assert told["mismatch"] is False
    out = io.StringIO()
    show(Console(file=out, width=200), found)
    assert "over new" in out.getvalue()


def test_an_arm_without_lists_has_no_rates() -> None:
    found = reported(Tally({"control": {f"u{n}": np.array([1, 0, 0]) for n in range(3)}}))
    assert found.arms[1].rates == {}
    assert found.arms[1].over_control == {}
    assert found.arms[0].rates["click_rate"].high == 0
