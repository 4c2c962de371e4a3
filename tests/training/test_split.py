"""Splits: in order of time, each user's tail or the whole's."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import BehaviorEvent
from tests.strategies import behavior_events, few, times
from training.errors import UnfitExamplesError
from training.split import global_time, per_user

events = st.lists(
    behavior_events(tenants=few("t", 1), users=few("u", 3), items=few("i", 9), times=times(10**12, 50)),
    min_size=4,
    max_size=40,
    unique_by=lambda event: (event.event_time, event.user_id, event.item_id),
)


@pytest.mark.parametrize("split", [per_user, global_time])
@given(given=events, share=st.sampled_from([0.1, 0.25, 0.5]), seed=st.integers(0, 9))
def test_both_parts_make_the_whole_in_any_order(
    split: object, given: list[BehaviorEvent], share: float, seed: int
) -> None:
    assert callable(split)
    try:
        before, after = split(given, share)
    except UnfitExamplesError:
        return
    assert sorted(event.event_id for event in before + after) == sorted(event.event_id for event in given)
    shuffled = given.copy()
    Random(seed).shuffle(shuffled)
    assert split(shuffled, share) == (before, after)
    for user in {event.user_id for event in after} if split is per_user else {None}:
        mine = [[each.event_time for each in part if user in (None, each.user_id)] for part in (before, after)]
        assert max(mine[0], default=0) <= min(mine[1])


def test_ids_that_are_numbers_stand_as_numbers() -> None:
    given = [BehaviorEvent(str(item), "t", "u", str(item), "view", 5) for item in (10, 9, 2, 1)]
    before, after = per_user(given, 0.5)
    assert [event.item_id for event in before + after] == ["1", "2", "9", "10"]


def test_nothing_to_foretell_is_said() -> None:
    with pytest.raises(UnfitExamplesError, match="nothing to learn from"):
        per_user([], 0.1)
