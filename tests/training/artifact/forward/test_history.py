"""Weighting: what a history's interactions count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.artifact.forward.history import History, Weighting
from training.errors import ArtifactMismatchError

weightings = st.builds(
    Weighting,
    st.sampled_from(["graded", "positive", "any"]),
    st.floats(0, 2),
    st.just(0.0) | st.floats(1, 50),
    st.floats(0, 1),
)


def history(strengths: list[float], older: int = 0) -> History:
    count = len(strengths)
    said = np.array(strengths)
    return History(np.arange(count), np.arange(count), said, said >= 0.5, np.arange(count, count + older))


@given(weightings, st.lists(st.floats(-3, 8), max_size=9), st.integers(0, 3))
def test_weights_are_finite_and_fall(weighting: Weighting, strengths: list[float], older: int) -> None:
    given = history(strengths, older)
    items, weights = weighting.weigh(given, 20)
    assert len(items) == len(weights) == len(set(items.tolist()))
    assert np.isfinite(weights).all()
    assert weights.all()
    alike = weighting.weigh(history([2.0] * len(strengths)), 20)[1]
    assert (np.diff(alike) <= 0).all()


@given(weightings)
def test_parameters_make_it_again(weighting: Weighting) -> None:
    assert Weighting.of(weighting.params) == weighting


def test_dislike_weighs_against() -> None:
    _, weights = Weighting("graded").weigh(history([2.0, -3.0]), 20)
    assert weights[0] > 0 > weights[1]
    assert Weighting("positive").weigh(history([2.0, -3.0]), 20)[0].tolist() == [0]


def test_what_is_older_weighs_the_same_whatever_its_place() -> None:
    items, weights = Weighting("any", older=0.5).weigh(history([1.0], older=2), 20)
    assert items.tolist() == [0, 1, 2]
    assert weights.tolist() == [1, 0.5, 0.5]


@pytest.mark.parametrize("params", [{}, {**Weighting("any").params, "history_liking": "much"}])
def test_a_manifest_without_it_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(ArtifactMismatchError, match="history_"):
        Weighting.of(params)
