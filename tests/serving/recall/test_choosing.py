import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.recall.choosing import best, proposal

positions = st.tuples(st.integers(-3, 6) | st.floats(width=32), st.booleans())


@given(st.lists(positions, max_size=40), st.integers(0, 45))
def test_it_is_the_head_of_the_sorted_allowed_scores(rows: list[tuple[float, bool]], limit: int) -> None:
    scores, allowed = np.array([score for score, _ in rows], np.float32), np.array([fit for _, fit in rows], np.bool_)
    positive = [at for at in range(len(rows)) if allowed[at] and scores[at] > 0]
    expected = sorted(positive, key=lambda at: (-scores[at], at))
    assert best(scores, allowed, limit).tolist() == expected[:limit]


@given(st.lists(positions, max_size=20), st.integers(0, 25), st.integers(0, 25))
def test_a_proposal_is_of_what_both_know(rows: list[tuple[float, bool]], scored: int, known: int) -> None:
    scores = np.array([score for score, _ in rows], np.float64)[:scored]
    allowed = np.array([fit for _, fit in rows], np.bool_)[:known]
    found = proposal(scores, allowed, 5)
    assert (found.items < min(len(scores), len(allowed))).all()
    assert found.scores.tolist() == scores.astype(np.float32)[found.items].tolist()


def test_scores_that_hardly_differ_are_told_apart() -> None:
    scores = np.nextafter(np.float32(1), np.float32(2), dtype=np.float32) * np.array([1, 1, 1], np.float32)
    scores[1] = 1
    assert best(scores, np.ones(3, np.bool_), 2).tolist() == [0, 2]


def test_scores_of_which_nobody_knows_whether_they_are_allowed_are_refused() -> None:
    with pytest.raises(ValueError, match="3 scores, of which 2"):
        best(np.ones(3, np.float32), np.ones(2, np.bool_), 1)
