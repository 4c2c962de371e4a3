"""Metrics of lists: bounds, what perfect lists have, and two other implementations on the same lists."""

import json
import os
import subprocess
import sys
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics.lists import Hits, coverage, novelty

ITEMS = [f"i{number}" for number in range(30)]

users = st.lists(
    st.tuples(st.lists(st.sampled_from(ITEMS), unique=True, max_size=20), st.sets(st.sampled_from(ITEMS), min_size=1)),
    min_size=1,
    max_size=8,
)
Users = list[tuple[list[str], set[str]]]


def hits_of(users: Users, k: int = 20) -> Hits:
    return Hits.of([own for own, _ in users], [wanted for _, wanted in users], k)


@given(users, st.integers(1, 25))
def test_all_lie_between_0_and_1_and_agree_on_nothing(users: Users, k: int) -> None:
    hits = hits_of(users)
    for values in (hits.ndcg(k), hits.hit_rate(k), hits.recall(k), hits.mrr()):
        assert values.shape == (len(users),)
        assert ((values >= 0) & (values <= 1)).all()
    assert (hits.hit_rate(20) == (hits.mrr() > 0)).all()
    assert (hits.hit_rate(k) == (hits.ndcg(k) > 0)).all()


@given(st.sets(st.sampled_from(ITEMS), min_size=1), st.integers(1, 20))
def test_a_perfect_list_has_the_ideal_gain(wanted: set[str], k: int) -> None:
    hits = hits_of([(sorted(wanted), wanted)])
    assert hits.ndcg(k)[0] == pytest.approx(1)
    assert hits.mrr()[0] == 1
    assert hits.recall(len(ITEMS))[0] == pytest.approx(min(20, len(wanted)) / len(wanted))


@given(users, st.integers(0, 18))
def test_moving_a_hit_up_never_lowers_the_gain(users: Users, place: int) -> None:
    for own, wanted in users:
        if len(own) > place + 1 and own[place + 1] in wanted and own[place] not in wanted:
            better = own.copy()
            better[place : place + 2] = better[place : place + 2][::-1]
            assert hits_of([(better, wanted)]).ndcg(20)[0] > hits_of([(own, wanted)]).ndcg(20)[0]


def test_an_item_that_stands_twice_counts_once() -> None:
    assert hits_of([(["a", "a"], {"a", "b"})]).recall(20).tolist() == [0.5]


def test_nobody_is_judged_by_nothing() -> None:
    with pytest.raises(ValueError, match="leave such users out"):
        Hits.of([["a"]], [set()], 3)


@given(users, st.integers(1, 20))
def test_coverage_grows_with_the_lists(users: Users, k: int) -> None:
    lists = [own for own, _ in users]
    assert 0 <= coverage(lists, len(ITEMS), k) <= coverage([*lists, ITEMS], len(ITEMS), k) <= 1


def test_novelty_is_the_information_of_an_item_in_bits() -> None:
    shares = {"known": 0.5, "rare": 0.125}
    assert novelty([["known"], ["known", "rare"], ["new"], []], shares, 10).tolist() == [1, 2, 3, 0]


_RANX: Final = """
import json, sys
from ranx import Qrels, Run, evaluate
wanted, listed, metrics = json.load(sys.stdin)
print(json.dumps(evaluate(Qrels(wanted), Run(listed), metrics)))
"""


def test_ranx_says_the_same() -> None:
    random = Random(3)
    users = [
        (random.sample(ITEMS, random.randint(1, 20)), set(random.sample(ITEMS, random.randint(1, 25))))
        for _ in range(50)
    ]
    names = [f"u{number}" for number in range(len(users))]
    wanted = {name: dict.fromkeys(sorted(each), 1) for name, (_, each) in zip(names, users, strict=True)}
    listed = {
        name: {item: float(100 - place) for place, item in enumerate(own)}
        for name, (own, _) in zip(names, users, strict=True)
    }
    # In a process of its own: to compile it takes a minute, to interpret it a tenth of a second, and numba cannot be
    # told to do both in one.
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _RANX],
        input=json.dumps([wanted, listed, ["ndcg@10", "hit_rate@10", "recall@20", "mrr@20"]]),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    hits = hits_of(users)
    assert told["ndcg@10"] == pytest.approx(hits.ndcg(10).mean())
    assert told["hit_rate@10"] == pytest.approx(hits.hit_rate(10).mean())
    assert told["recall@20"] == pytest.approx(hits.recall(20).mean())
    assert told["mrr@20"] == pytest.approx(hits.mrr().mean())
