import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import strength as folded
from schemas.records import ACTION_INDEX, ACTIONS, Action
from training.features.liking import positives, strengths

stars = st.none() | st.integers(1, 10).map(lambda half: half / 2)


@given(st.sampled_from(ACTIONS), stars)
def test_columns_are_weighed_as_the_folds_weigh_events(action: str, value: float | None) -> None:
    actions = np.array([ACTION_INDEX[action]])
    values = np.array([folded.thousandths(value)])
    assert strengths(actions, values)[0] == pytest.approx(folded.strength(action, value) / 100)
    assert positives(actions, values)[0] == folded.is_positive(action, value)


def test_an_action_of_a_newer_version_says_nothing() -> None:
    unheard_of = np.array([len(Action)])
    assert strengths(unheard_of, np.array([0]))[0] == 0
    assert not positives(unheard_of, np.array([0]))[0]
