"""Examples: whole groups, in files and in batches."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.planted import planted
from training.errors import ExamplesError
from training.examples import joined, whole_groups


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 40), st.randoms())
def test_batches_hold_whole_groups_and_every_example_once(groups: int, size: int, batch: int, random: object) -> None:
    examples = planted(groups, size)
    order = list(range(groups))
    random.shuffle(order)  # type: ignore[attr-defined]
    parts = whole_groups(examples, np.array(order, np.intp), batch)
    together = joined(parts)
    assert [group for part in parts for group in dict.fromkeys(part.group.tolist())] == order
    assert sorted(together.values[:, 1].tolist()) == sorted(examples.values[:, 1].tolist())
    assert all(len(part) < batch + size for part in parts)
    assert all(len(part) > batch - size for part in parts[:-1])


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("values", np.nan, "user_age is not finite"),
        ("labels", 0.5, "neither 0, 1 nor NaN"),
        ("weight", -1.0, "negative"),
    ],
)
def test_what_examples_must_not_be(column: str, value: float, message: str) -> None:
    examples = planted(3, 2)
    wrong = getattr(examples, column).copy()
    wrong.reshape(-1)[0] = value
    with pytest.raises(ExamplesError, match=message):
        replace(examples, **{column: wrong}).checked()


def test_a_group_that_is_apart_is_refused() -> None:
    with pytest.raises(ExamplesError, match="next to each other"):
        planted(2, 2).take(np.array([0, 2, 1, 3])).checked()
