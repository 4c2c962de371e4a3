"""Behaviour: each user's items in order, once each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Action
from schemas.strength import is_positive, strength
from tests.training.recall.behaviors import Act, acts, behaved
from training.errors import UnfitExamplesError
from training.recall.behavior import Behavior


@given(acts)
def test_is_what_a_plain_definition_says(acts: list[Act]) -> None:
    interactions = behaved(acts)
    behavior = Behavior.of(interactions)
    found = [
        (interactions.users[user], interactions.items[item], round(said, 6), liked, place)
        for user, item, said, liked, place in zip(
            behavior.user, behavior.item, behavior.strength, behavior.positive, behavior.place, strict=True
        )
    ]
    expected = []
    for user in sorted({user for user, _, _ in acts}):
        own = [(item, action) for who, item, action in acts if who == user]
        order = list(dict.fromkeys(item for item, _ in reversed(own)))[::-1]
        for number, item in enumerate(order):
            actions = [action for each, action in own if each == item]
            said = round(sum(strength(action, None) for action in actions) / 100, 6)
            liked = any(is_positive(action, None) for action in actions)
            expected.append((user, item, said, liked, len(order) - 1 - number))
    assert found == expected


@given(acts, st.integers(0, 4))
def test_a_history_is_what_serving_would_know(acts: list[Act], last: int) -> None:
    behavior = Behavior.of(behaved(acts))
    history = behavior.history(0, last)
    own = behavior.item[behavior.user == 0][::-1]
    assert history.items.tolist() == own[:last].tolist()
    assert history.older.tolist() == own[last:].tolist()
    assert history.places.tolist() == list(range(len(history.items)))
    assert len(history) == len(own)


def test_support_counts_users() -> None:
    behavior = Behavior.of(behaved([("u", "a", Action.LIKE), ("v", "a", Action.VIEW), ("v", "b", Action.LIKE)]))
    assert behavior.support().tolist() == [2, 1]
    assert behavior.support(behavior.positive).tolist() == [1, 1]


@pytest.mark.parametrize("acts", [[], [("u", "a", Action.LIKE)], [("u", "a", Action.LIKE), ("u", "b", Action.LIKE)]])
def test_nothing_can_be_told_from_one_user_or_one_item(acts: list[Act]) -> None:
    with pytest.raises(UnfitExamplesError, match="collect more"):
        Behavior.of(behaved(acts))
