import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.views.ordering import best


@given(st.lists(st.integers(-3, 6), max_size=40), st.integers(0, 45))
def test_it_is_the_head_of_the_sorted_positive_scores(scores: list[int], limit: int) -> None:
    expected = sorted((position for position, score in enumerate(scores) if score > 0), key=lambda p: (-scores[p], p))
    assert best(np.array(scores, np.float64), limit).tolist() == expected[:limit]
