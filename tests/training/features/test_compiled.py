from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from training.features import compiled as module
from training.features.compiled import compiled, only_read


def double(numbers: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    for place in range(len(numbers)):
        sums[place] += 2 * numbers[place]


def of_a_frozen_array(function: Any) -> list[float]:
    numbers, sums = np.array([1.0, 2.5]), np.ones(2)
    numbers.setflags(write=False)
    function(numbers, sums)
    return [float(each) for each in sums]


def test_a_loop_takes_arrays_that_cannot_be_written_to() -> None:
    made = compiled(only_read("float64"), "float64[::1]")(double)
    assert made is not double
    assert of_a_frozen_array(made) == [3.0, 6.0]


def test_other_types_than_told_are_refused() -> None:
    made = compiled(only_read("float64"), "float64[::1]")(double)
    with pytest.raises(TypeError, match="No matching definition"):
        made(np.ones(2, np.float32), np.ones(2))


def test_where_no_folder_may_be_written_to_each_process_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[bool]()

    def without_a_cache(signature: str, cache: bool, **others: Any) -> Any:
        asked.append(cache)
        if cache:
            return lambda function: (_ for _ in ()).throw(RuntimeError("cannot cache function: no locator available"))
        return njit(signature, **others)

    monkeypatch.setattr(module, "njit", without_a_cache)
    assert of_a_frozen_array(compiled(only_read("float64"), "float64[::1]")(double)) == [3.0, 6.0]
    assert asked == [True, False]
