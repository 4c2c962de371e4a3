"""Native functions: called by address, with the address of their argument."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.features.compiled import only_read
from training.features.native import array, native, told


@native(only_read("float64"), "float64[::1]")
def double(address: int) -> None:
    argument = told(address, 2)
    numbers, doubled = array(argument, 0, np.float64), array(argument, 1, np.float64)
    for at in range(len(doubled)):
        doubled[at] = 2 * numbers[at]


@given(st.lists(st.floats(-1e9, 1e9)), st.booleans())
def test_a_task_reads_and_writes_the_arrays_that_its_argument_tells_of(given: list[float], frozen: bool) -> None:
    numbers, doubled = np.array(given, np.float64), np.zeros(len(given))
    numbers.setflags(write=not frozen)
    task = double.task(numbers, doubled)
    assert not doubled.any()
    task.run()
    assert doubled.tolist() == [2 * number for number in given]


def test_other_types_than_told_are_refused() -> None:
    for arrays in ((np.ones(2, np.float32), np.ones(2)), (np.ones(2),), (np.ones((2, 2)), np.ones(2))):
        with pytest.raises(TypeError, match="No matching definition"):
            double.task(*arrays)
