"""Sequences: each user's positive items, once each, in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Action, BehaviorEvent
from training.interactions import Interactions
from training.sequences import Sequences, next_item_gain

ACTS = st.tuples(st.sampled_from("uvw"), st.sampled_from("abcd"), st.sampled_from([Action.LIKE, Action.VIEW]))


def events(acts: list[tuple[str, str, Action]]) -> list[BehaviorEvent]:
    return [
        BehaviorEvent(str(time), "t", user, item, str(action), time) for time, (user, item, action) in enumerate(acts)
    ]


@given(st.lists(ACTS, max_size=25), st.integers(1, 4), st.integers(0, 1))
def test_as_the_user_took_them(acts: list[tuple[str, str, Action]], length: int, back: int) -> None:
    interactions = Interactions.of(events(acts))
    liked: dict[str, list[str]] = {}
    for user, item, action in acts:
        if action == Action.LIKE and item not in liked.setdefault(user, []):
            liked[user].append(item)
    expected = [liked[user] for user in sorted(liked) if liked[user]]
    sequences = Sequences.of(interactions)
    assert len(sequences) == len(expected)
    users = np.arange(len(expected))
    if len(expected):
        windows = sequences.windows(users, length, back)
        found = [[interactions.items[item] for item in row if item >= 0] for row in windows]
        assert found == [each[: len(each) - back][-length:] for each in expected]
        assert [interactions.items[item] for item in sequences.last(users)] == [each[-1] for each in expected]
    assert sequences.long_enough(2).tolist() == [user for user, each in enumerate(expected) if len(each) >= 2]


def test_the_gain_of_a_place() -> None:
    scores = np.array([[0.9, 0.5, 0.4, 0.1]], np.float32)
    history, none = np.array([[-1, 0]]), np.array([[-1, -1]])
    assert next_item_gain(scores, history, np.array([1])) == 1.0  # what was taken already does not stand before it
    assert next_item_gain(scores, none, np.array([1])) == 1 / np.log2(3)
    assert next_item_gain(np.zeros((1, 20), np.float32), none, np.array([3])) == 0.0  # a constant gains nothing
