import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.features.distinct import distinct


@given(st.lists(st.integers(0, 9) | st.integers(0, 2**64 - 1), max_size=60))
def test_equal_values_have_one_number_in_the_order_in_which_they_came(values: list[int]) -> None:
    numbers, firsts = distinct(np.array(values, np.uint64))
    known = list(dict.fromkeys(values))
    assert numbers.tolist() == [known.index(value) for value in values]
    assert firsts.tolist() == [values.index(value) for value in known]


def test_values_that_would_lie_together_are_found() -> None:
    values = np.arange(5_000, dtype=np.uint64) << np.uint64(40)
    numbers, firsts = distinct(np.concatenate((values, values[::-1])))
    assert numbers.tolist() == [*range(5_000), *range(4_999, -1, -1)]
    assert len(firsts) == 5_000
