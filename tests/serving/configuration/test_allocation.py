"""Allocation: stable, uniform, in proportion; a change of weights moves only those whom it must move."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from serving.configuration import allocation
from serving.configuration.allocation import BUCKETS, allocate, bucket_of
from tests.strategies import few

ARMS = ("control", "deep", "wide", "new")
weights = st.fixed_dictionaries({arm: st.integers(0, 100) for arm in ARMS}).filter(lambda them: sum(them.values()) > 0)
salts = few("salt", 3)


@given(weights, st.sampled_from(ARMS), st.integers(0, 1_000_000), salts)
def test_another_weight_moves_users_only_to_its_arm_or_only_from_it(
    before: dict[str, int], arm: str, weight: int, salt: str
) -> None:
    after = {**before, arm: weight}
    if not sum(after.values()):
        return
    old, new = (allocate("acme", salt, each) for each in (before, after))
    moved = old != new
    place = list(before).index(arm)
    assert (new[moved] == place).all() if weight >= before[arm] else (old[moved] == place).all()


@given(weights, salts)
def test_an_arm_that_is_added_takes_from_others_and_moves_nobody_between_them(
    before: dict[str, int], salt: str
) -> None:
    old, new = allocate("acme", salt, before), allocate("acme", salt, {**before, "another": 7})
    moved = old != new
    assert (new[moved] == len(ARMS)).all()


@given(weights, salts)
def test_arms_have_buckets_in_proportion_to_their_weights(given_: dict[str, int], salt: str) -> None:
    counts = np.bincount(allocate("acme", salt, given_), minlength=len(ARMS))
    expected = np.array(list(given_.values())) / sum(given_.values()) * BUCKETS
    assert (np.abs(counts - expected) <= 5 * np.sqrt(BUCKETS) / 2).all()
    assert (counts[expected == 0] == 0).all()


def test_the_allocation_is_the_same_in_every_process_for_ever() -> None:
    assert [bucket_of("acme", "salt", f"user-{n}") for n in range(3)] == [5419, 9435, 7377]
    found = allocate("acme", "salt", {"a": 1, "b": 3})
    assert (int(found.sum()), found[:12].tolist()) == (7475, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1])


def test_numbers_are_those_of_splitmix64() -> None:
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # the first from seed 0
    assert allocation._mixed(0)[:3].tolist() == published


def test_users_are_spread_evenly_and_anew_by_another_salt_or_tenant() -> None:
    users = [f"user-{n}" for n in range(100_000)]
    one = np.array([bucket_of("acme", "salt", user) for user in users])
    assert chisquare(np.bincount(one, minlength=BUCKETS)).pvalue > 1e-4
    for other in ([bucket_of("acme", "pepper", user) for user in users], [bucket_of("b", "salt", u) for u in users]):
        table = np.histogram2d(one, np.array(other), bins=10, range=[[0, BUCKETS], [0, BUCKETS]])[0]
        assert chisquare(table.ravel()).pvalue > 1e-4, "who shared a bucket is spread over all of them"
