"""Statistics of examples: exact where they can be, and a function of the stream."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.training.planted import planted
from training.artifact.forward.fields import bucketed
from training.examples import Examples, whole_groups
from training.preprocessing import measure
from training.reservoir import Reservoir

columns = hnp.arrays(
    np.float32, st.tuples(st.integers(2, 40), st.just(4)), elements=st.floats(-1000, 1000, width=32).map(np.float32)
)


def examples_of(values: np.ndarray) -> Examples:
    return replace(planted(len(values), 1), values=values)


@settings(deadline=None)
@given(columns, st.integers(1, 40), st.integers(2, 12))
def test_batching_changes_nothing_of_note(values: np.ndarray, size: int, buckets: int) -> None:
    examples = examples_of(values)
    at_once = measure([examples], buckets)
    streamed = measure(whole_groups(examples, np.arange(len(examples)), size), buckets)
    np.testing.assert_allclose(at_once.mean, values.astype(np.float64).mean(0), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(streamed.mean, at_once.mean, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(streamed.std, at_once.std, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(streamed.edges, at_once.edges)


@settings(deadline=None)
@given(columns, st.integers(2, 12))
def test_edges_rise_and_buckets_keep_the_order(values: np.ndarray, buckets: int) -> None:
    found = measure([examples_of(values)], buckets)
    assert found.edges.shape == (4, buckets - 1)
    finite = np.where(np.isfinite(found.edges), found.edges, np.float32(3e38))
    assert (np.diff(finite, axis=1) >= 0).all()
    index = bucketed(found.tensors, values).astype(int)
    expected = [np.searchsorted(edges, column, "right") for edges, column in zip(found.edges, values.T, strict=True)]
    np.testing.assert_array_equal(index.T, expected)
    assert ((index >= 0) & (index < buckets)).all()


def test_few_values_have_a_bucket_each_and_a_common_one_takes_only_its_own() -> None:
    values = np.zeros((200, 4), np.float32)
    values[:, 0] = np.arange(200) % 3
    values[150:, 1] = np.arange(50)
    found = measure([examples_of(values)], 8)
    index = bucketed(found.tensors, values)
    assert len(np.unique(index[:, 0])) == 3
    assert len(np.unique(index[150:, 1])) >= 6
    assert found.std[2] == 1.0


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 50))
def test_a_sample_does_not_depend_on_batches(sizes: list[int], capacity: int) -> None:
    rows = np.arange(sum(sizes), dtype=np.float32)[:, None]
    at_once, streamed = Reservoir(capacity, 1), Reservoir(capacity, 1)
    at_once.add(rows)
    for part in np.split(rows, np.cumsum(sizes)[:-1]):
        streamed.add(part)
    np.testing.assert_array_equal(at_once.rows, streamed.rows)
    assert len(at_once.rows) == min(capacity, len(rows))
    assert len(np.unique(at_once.rows)) == len(at_once.rows)
