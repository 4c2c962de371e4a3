"""Interactions are a function of the set of events."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import ACTIONS, Action, BehaviorEvent
from schemas.strength import is_positive
from training.interactions import Interactions

EVENTS = st.builds(
    BehaviorEvent,
    event_id=st.integers(0, 30).map(str),
    tenant_id=st.just("t"),
    user_id=st.sampled_from(["u1", "u2", "u3"]),
    item_id=st.sampled_from(["a", "b", "c"]),
    action=st.sampled_from([Action.RATE, Action.VIEW, Action.LIKE, Action.IMPRESSION, Action.DISLIKE]).map(str),
    event_time=st.integers(0, 10),
    value=st.sampled_from([None, 0.5, 3.5, 5.0]),
)


def rows(interactions: Interactions) -> list[tuple[object, ...]]:
    return [
        (interactions.users[user], interactions.items[item], ACTIONS[action], value, time)
        for user, item, action, value, time in zip(
            interactions.user.tolist(),
            interactions.item.tolist(),
            interactions.action.tolist(),
            interactions.value.tolist(),
            interactions.time.tolist(),
            strict=True,
        )
    ]


@given(st.lists(EVENTS, max_size=30), st.randoms())
def test_order_and_repetition_change_nothing(events: Sequence[BehaviorEvent], random: object) -> None:
    again = [*events, *events[::2]]
    random.shuffle(again)  # type: ignore[attr-defined]
    one, other = Interactions.of(events), Interactions.of(again)
    assert rows(one) == rows(other)
    assert (one.users, one.items) == (other.users, other.items)


@given(st.lists(EVENTS, max_size=30, unique_by=lambda event: event.event_id))
def test_every_act_stands_once_by_time(events: Sequence[BehaviorEvent]) -> None:
    interactions = Interactions.of(events)
    acts = [event for event in events if event.action != Action.IMPRESSION]
    expected = [
        (each.user_id, each.item_id, each.action, round((each.value or 0) * 1000), each.event_time) for each in acts
    ]
    assert sorted(rows(interactions)) == sorted(expected)
    assert bool((np.diff(interactions.time) >= 0).all())
    assert sum(is_positive(each.action, each.value) for each in acts) == interactions.positive.sum()


@given(st.lists(EVENTS, max_size=30), st.data())
def test_taking_keeps_the_numbers(events: Sequence[BehaviorEvent], data: st.DataObject) -> None:
    interactions = Interactions.of(events)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(interactions), max_size=len(interactions))), bool)
    assert rows(interactions.take(mask)) == [row for row, kept in zip(rows(interactions), mask, strict=True) if kept]


def test_nothing_is_no_interactions() -> None:
    interactions = Interactions.of([])
    assert len(interactions) == 0
    assert interactions.positive.shape == (0,)


@given(st.lists(EVENTS, max_size=40), st.integers(1, 12), st.randoms())
def test_the_latest_are_the_same_of_any_order_however_few_are_held(
    events: Sequence[BehaviorEvent], last: int, random: object
) -> None:
    whole = rows(Interactions.of(events))
    again = [*events, *events[::3]]
    random.shuffle(again)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.interactions._SPARE", 0)
        found = Interactions.of(again, last)
    assert rows(found) == whole[-last:]
    assert set(found.items) == {item for _, item, *_ in whole[-last:]}
