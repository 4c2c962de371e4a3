"""Tally: a function of the sets of lists and events; versions and arms are kept apart, and open lists left out."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deploy.experiments.tally import Tally, tally
from schemas.decision_records import Decision
from schemas.records import BehaviorEvent
from training.served import Outcomes

HOUR = 3_600_000
AT = 1_700_000_000_000


def listed(request: str, user: str, arm: str | None, version: int = 1, at: int = AT, name: str = "e") -> Decision:
    arms = {} if arm is None else {name: arm, "other": "x"}
    config = f"serving@3, experiment.{name}@{version}, experiment.other@9"
    return Decision(request, "t", user, "feed", at, at, ["i0", "i1"], b"", arms=arms, config=config)


def acted(request: str, user: str, action: str, at: int = AT + 1, item: str = "i1") -> BehaviorEvent:
    return BehaviorEvent(f"{request}-{action}-{at}", "t", user, item, action, at, request_id=request)


LATER = BehaviorEvent("later", "t", "nobody", "i9", "view", AT + 48 * HOUR)
lists = st.lists(
    st.builds(
        listed,
        st.integers(0, 9).map(lambda n: f"r{n}"),
        st.just("u"),
        st.sampled_from(["a", "b", None]),
        st.integers(1, 2),
    ),
    max_size=12,
    unique_by=lambda each: each.request_id,
)
acts = st.lists(
    st.builds(
        acted, st.integers(0, 9).map(lambda n: f"r{n}"), st.just("u"), st.sampled_from(["view", "click", "like"])
    ),
    max_size=12,
)


def plain(found: dict[int, Tally]) -> object:
    return {at: ({arm: each.rows(arm).tolist() for arm in each.arms}, each.open) for at, each in found.items()}


def tallied(decisions: list[Decision], events: list[BehaviorEvent], **options: bool) -> dict[int, Tally]:
    return dict(tally(decisions, Outcomes([*events, LATER], 24 * HOUR), "e", **options))


@given(lists, acts, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_counts(
    decisions: list[Decision], events: list[BehaviorEvent], random: Random
) -> None:
    more, again = [*decisions, *decisions], [*events, *events]
    random.shuffle(more)
    random.shuffle(again)
    assert plain(tallied(more, again)) == plain(tallied(decisions, events))


def test_what_came_of_each_list_counts_once_for_its_user() -> None:
    decisions = [
        listed("r1", "u1", "a"),
        listed("r2", "u1", "a"),
        listed("r3", "u2", "a"),
        listed("r4", "u3", "b"),
        listed("r5", "u1", "a", version=2),
        listed("r6", "u9", None),
        listed("r7", "u9", "a", name="experiment.e"),
    ]
    events = [
        acted("r1", "u1", "click"),
        acted("r1", "u1", "like", item="i0"),
        acted("r2", "u1", "view"),
        acted("r3", "u2", "click", at=AT + 25 * HOUR),
        acted("r4", "stranger", "like"),
    ]
    found = tallied(decisions, events)
    assert set(found) == {1, 2}
    assert np.array_equal(found[1].rows("a"), [[2, 1, 1], [1, 0, 0]])
    assert np.array_equal(found[1].rows("b"), [[1, 0, 0]])
    assert np.array_equal(found[2].rows("a"), [[1, 0, 0]])
    assert found[1].rows("none").shape == (0, 3)


def test_lists_whose_window_is_open_are_left_out_and_counted() -> None:
    late = listed("r1", "u1", "a", at=AT + 47 * HOUR)
    found = tallied([late, listed("r2", "u1", "a")], [])
    assert (found[1].open, found[1].rows("a").tolist()) == (1, [[1, 0, 0]])
    assert tallied([late], [], open_too=True)[1].rows("a").tolist() == [[1, 0, 0]]
