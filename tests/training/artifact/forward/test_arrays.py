import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.artifact.forward.arrays import buckets, sum_of_buckets, sum_of_rows


@given(st.integers(0, 99), st.integers(0, 9), st.integers(1, 11))
def test_a_bucket_is_the_number_of_edges_reached(seed: int, rows: int, fields: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(-2, 4, (rows, fields)).astype(np.float32)
    edges = np.sort(rng.integers(-2, 4, (5, fields)), axis=0).astype(np.float32)
    assert buckets(values, edges).tolist() == (values[:, None, :] >= edges).sum(1).tolist()


@given(st.integers(0, 99), st.integers(1, 9), st.integers(0, 11))
def test_a_sum_of_rows_is_that_of_the_rows_named(seed: int, examples: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    table, index = rng.normal(size=(6, 3)).astype(np.float32), rng.integers(0, 6, (examples, columns))
    assert sum_of_rows(table, index) == pytest.approx(table[index].sum(1), abs=1e-5)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="3 fields, and edges of 2"):
        buckets(np.zeros((1, 3), np.float32), np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match="a table of 7 rows"):
        sum_of_buckets(np.zeros((7, 2), np.float32), np.zeros((1, 2), np.uint8), 4)
