"""Tasks: nothing of what is to be foretold is in what is learned from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.evaluation.errors import EvaluationError
from deploy.evaluation.task import LEAST, SPLITS, Task
from schemas.records import Action, BehaviorEvent
from training.errors import TrainingError

rates = st.lists(
    st.tuples(st.sampled_from("uvw"), st.integers(0, 30), st.integers(0, 10), st.integers(0, 50)),
    min_size=20,
    max_size=80,
    unique_by=lambda entry: (entry[0], entry[1]),
)


def events_of(rates: list[tuple[str, int, int, int]]) -> list[BehaviorEvent]:
    return [
        BehaviorEvent(f"{user}{item}", "t", user, str(item), Action.RATE, time, value=stars / 2)
        for user, item, stars, time in rates
    ]


@pytest.mark.parametrize("split", SPLITS)
@given(rates=rates, share=st.sampled_from([0.1, 0.3]))
def test_what_is_foretold_is_new_later_and_liked(
    split: str, rates: list[tuple[str, int, int, int]], share: float
) -> None:
    events = events_of(rates)
    try:
        task = Task.of(events, [], split, share)
    except (EvaluationError, TrainingError):
        return
    learned = {event.event_id for event in task.train}
    for user, relevant in zip(task.users, task.relevant, strict=True):
        own = [event for event in task.train if event.user_id == user]
        assert len(own) >= LEAST
        assert relevant
        for item in relevant:
            event = next(each for each in events if (each.user_id, each.item_id) == (user, item))
            assert event.event_id not in learned
            assert (event.value or 0) >= 4
            assert event.event_time >= max(each.event_time for each in own)
    assert Task.of(list(reversed(events)), [], split, share) == task


def test_of_one_user_or_one_item_nothing_can_be_told() -> None:
    for rates in ([], [("u", item, 10, item) for item in range(9)], [(user, 1, 10, 1) for user in "uvw"]):
        with pytest.raises(EvaluationError, match="two of each"):
            Task.of(events_of(rates), [], "peruser")


def test_nobody_who_can_be_judged_is_said_so() -> None:
    bad = [(user, item, 2, item) for user in "uv" for item in range(12)]
    with pytest.raises(EvaluationError, match="no user"):
        Task.of(events_of(bad), [], "peruser")


def test_validation_is_cut_from_the_train_part() -> None:
    task = Task.of(events_of([(user, item, 9, item) for user in "uvw" for item in range(30)]), [], "peruser")
    inner = task.validation()
    assert {event.event_id for event in inner.train} < {event.event_id for event in task.train}
    assert not set().union(*inner.relevant) & set().union(*task.relevant)
