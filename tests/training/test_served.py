"""Examples of what was served: what is known to have been seen, with what came of it."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Action, BehaviorEvent
from training.served import ATTRIBUTION_MS, Served, served_examples

NOW = 1_700_000_000_000
ITEMS = ("a", "b", "c", "d")
FEATURES = ("place", "list")
DISLIKE = Action.DISLIKE


def served(number: int = 0, user: str = "u", items: tuple[str, ...] = ITEMS, at_ms: int = NOW) -> Served:
    values = np.array([[place, number] for place in range(len(items))], np.float32)
    return Served(f"r{number}", user, at_ms, items, values)


def act(item: str, action: Action, number: int = 0, user: str = "u", after_ms: int = 1000) -> BehaviorEvent:
    name = f"{number}{user}{item}{action}{after_ms}"
    return BehaviorEvent(name, "t", user, item, action, NOW + after_ms, request_id=f"r{number}")


acts = st.lists(
    st.builds(
        act,
        st.sampled_from([*ITEMS, "elsewhere"]),
        st.sampled_from([Action.IMPRESSION, Action.VIEW, Action.CLICK, Action.LIKE, DISLIKE]),
        st.integers(0, 2),
        st.sampled_from("uv"),
        st.integers(0, 2 * ATTRIBUTION_MS),
    ),
    max_size=20,
)


def labelled(*events: BehaviorEvent) -> list[list[float | None]]:
    labels = served_examples([served()], events, FEATURES).labels.tolist()
    return [[None if value != value else value for value in row] for row in labels]


@given(acts, st.integers(0, 99))
def test_is_a_function_of_the_sets(events: list[BehaviorEvent], seed: int) -> None:
    lists = [served(number, "uv"[number % 2]) for number in range(3)]
    expected = served_examples(lists, events, FEATURES)
    shuffled, again = [*events, *events], [*lists, *lists]
    Random(seed).shuffle(shuffled)
    Random(seed).shuffle(again)
    found = served_examples(again, shuffled, FEATURES)
    for column in ("values", "labels", "group", "time", "weight"):
        np.testing.assert_array_equal(getattr(found, column), getattr(expected, column))
    expected.checked()


@given(acts)
def test_every_example_was_acted_on_or_stands_above_one_that_was(events: list[BehaviorEvent]) -> None:
    found = served_examples([served()], events, FEATURES)
    own = [
        event
        for event in events
        if event.request_id == "r0"
        and event.user_id == "u"
        and event.item_id in ITEMS
        and event.action != Action.IMPRESSION
        and event.event_time < NOW + ATTRIBUTION_MS
    ]
    assert len(found) == max((ITEMS.index(event.item_id) + 1 for event in own), default=0)
    assert found.values[:, 0].tolist() == list(range(len(found)))


def test_what_came_of_each() -> None:
    assert labelled(act("b", Action.CLICK), act("c", Action.VIEW)) == [[0, None], [1, 0], [0, None]]
    assert labelled(act("a", Action.CLICK), act("a", Action.LIKE)) == [[1, 1]]
    assert labelled(act("a", Action.COMPLETE)) == [[1, 1]]
    assert labelled(act("a", DISLIKE)) == [[1, 0]]


def test_what_nobody_looked_at_says_nothing() -> None:
    assert labelled(act("d", Action.IMPRESSION)) == []
    assert labelled(act("a", Action.CLICK, after_ms=ATTRIBUTION_MS)) == []
    assert labelled(act("a", Action.CLICK, after_ms=-1)) == []


def test_another_users_act_under_the_same_request_does_not_count() -> None:
    assert labelled(act("a", Action.CLICK, user="v")) == []
