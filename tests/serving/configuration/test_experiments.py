"""Experiments: a user is in one arm everywhere it applies, and answered by that arm's configuration."""

from collections import Counter

import pytest

from serving.configuration.assembly import assemble
from serving.configuration.tenant import TenantConfig
from tests.serving.configuration.histories import FILE, TENANT, history

ARMS = {
    "control": {"weight": 1},
    "short": {"weight": 1, "config": {"candidates": 100, "hot": {"weight": 2}}},
    "none": {"weight": 0, "config": {"candidates": 50}},
}
USERS = [f"user-{n}" for n in range(2000)]


def running(**design: object) -> TenantConfig:
    return assemble(FILE, TENANT, history({"arms": ARMS, **design}, component="experiment.size"))


def test_users_are_shared_out_by_weight_and_answered_by_their_arm() -> None:
    found = running(scenarios=["vlog"])
    chosen = {user: found.choose("vlog", user) for user in USERS}
    counts = Counter(choice.arms["size"] for choice in chosen.values())
    assert counts["none"] == 0
    assert abs(counts["short"] - 1000) < 5 * 22
    for choice in chosen.values():
        short = choice.arms["size"] == "short"
        assert (choice.config.candidates, choice.config.hot.weight) == ((100, 2) if short else (300, 1))
        assert choice.config.hot.limit == 60
        assert choice.versions == "experiment.size@1"


def test_elsewhere_nobody_is_in_it() -> None:
    choice = running(scenarios=["vlog"]).choose("elsewhere", "user-1")
    assert (choice.arms, choice.versions, choice.config) == ({}, "", FILE.of(TENANT, "elsewhere"))


def test_a_user_is_in_the_same_arm_in_every_scenario() -> None:
    found = running()
    for user in USERS[:50]:
        assert found.choose("vlog", user).arms == found.choose("elsewhere", user).arms != {}


def test_another_salt_shuffles_users_anew() -> None:
    one, other = (running(salt=salt) for salt in ("", "2026"))
    same = sum(one.choose("vlog", user).arms == other.choose("vlog", user).arms for user in USERS)
    assert abs(same - 1000) < 5 * 22


def test_users_of_two_experiments_are_crossed() -> None:
    other = {"arms": {"a": {"weight": 1}, "b": {"weight": 1, "config": {"ranker": "score"}}}}
    found = assemble(
        FILE,
        TENANT,
        history({"arms": ARMS}, component="experiment.size") | history(other, component="experiment.rank"),
    )
    counts = Counter(tuple(sorted(found.choose("feed", user).arms.items())) for user in USERS)
    assert len(counts) == 4
    assert all(abs(count - 500) < 5 * 20 for count in counts.values())
    choice = next(choice for user in USERS if (choice := found.choose("feed", user)).arms["rank"] == "b")
    assert choice.config.ranker == "score"
    assert choice.versions == "experiment.rank@1, experiment.size@1"


def test_shares_are_those_that_users_are_shared_out_by() -> None:
    experiment = running().experiment("size")
    assert experiment is not None
    assert sum(experiment.shares.values()) == pytest.approx(1)
    assert experiment.shares["none"] == 0
    assert experiment.shares["short"] == pytest.approx(0.5, abs=0.03)


def test_without_arms_nobody_is_in_it() -> None:
    found = assemble(FILE, TENANT, history({"arms": ARMS}, {}, component="experiment.size"))
    assert found.choose("vlog", "user-1").arms == {}


def test_scenarios_that_clients_make_up_take_no_memory() -> None:
    found = running()
    for number in range(100):
        found.choose(f"made-up-{number}", "user-1")
    assert len(found._made) == 1
