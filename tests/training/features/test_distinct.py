import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.features.distinct import distinct, positions


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


numbers = st.integers(-1, 9) | st.integers(-(2**31), 2**31 - 1)


@given(st.lists(numbers, unique=True, max_size=60), st.lists(numbers, max_size=60), st.data())
def test_each_value_is_found_where_it_is_and_no_other(
    values: list[int], others: list[int], data: st.DataObject
) -> None:
    wanted = data.draw(st.permutations([*values, *others]))
    found = positions(np.array(values, np.int32), np.array(wanted, np.int32))
    assert found.tolist() == [values.index(value) if value in values else len(values) for value in wanted]


def test_values_that_would_lie_together_are_found_among_others() -> None:
    values = (np.arange(4_000, dtype=np.int64) << 19).astype(np.int32)[:4_000]
    once = np.unique(values)
    assert positions(once, once[::-1]).tolist() == [*range(len(once) - 1, -1, -1)]
    assert set(positions(once, once + np.int32(1)).tolist()) == {len(once)}
