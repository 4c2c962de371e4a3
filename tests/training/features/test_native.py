"""Native functions: called by address, with the address of their argument."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.features.native import Task, array, native


@native
def double(address: int) -> None:
    argument = array(address, 2, np.int64)
    numbers = array(argument[0], argument[1], np.float64)
    numbers *= 2


@given(st.lists(st.floats(-1e9, 1e9)))
def test_a_task_reads_and_writes_the_arrays_that_its_argument_tells_of(given: list[float]) -> None:
    numbers = np.array(given, np.float64)
    task = Task(double, np.array([numbers.ctypes.data, len(numbers)], np.int64), (numbers,))
    assert numbers.tolist() == given
    task.run()
    assert numbers.tolist() == [2 * number for number in given]
