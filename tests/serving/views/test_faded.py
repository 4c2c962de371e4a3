from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.views.faded import FadedTags, TagCells

DAY_MS = 86_400_000
cells = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400), st.floats(-5, 5)), max_size=12)


def faded(rows: list[tuple[str, int, float]], as_of_ms: int) -> FadedTags:
    tags, days, weights = ([row[at] for row in rows] for at in range(3))
    numbered = TagCells.numbered(list(map(str, tags)), np.array(days, np.int64), np.array(weights, np.float64))
    return FadedTags(numbered, as_of_ms, 30.0)


@given(cells, st.integers(0, 500 * DAY_MS))
def test_an_affinity_is_the_sum_of_its_cells_each_faded_by_its_age(
    rows: list[tuple[str, int, float]], at: int
) -> None:
    expected: defaultdict[str, float] = defaultdict(float)
    for tag, day, weight in rows:
        expected[tag] += weight * 2 ** (-max(at / DAY_MS - 0.5 - day, 0) / 30)
    found = faded(rows, at)
    assert dict(found) == pytest.approx(dict(expected))
    assert list(found.items()) == [(tag, found[tag]) for tag in found]
    assert list(found.values()) == [found[tag] for tag in found]
    assert len(found) == len(expected)


def test_a_tag_that_was_never_met_has_none() -> None:
    found = faded([("a", 3, 1.0)], 4 * DAY_MS)
    assert "b" not in found
    assert found.get("b", 0.0) == 0.0
    with pytest.raises(KeyError):
        found["b"]
