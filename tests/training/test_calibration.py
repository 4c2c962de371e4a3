"""Calibration keeps the order and makes probabilities of logits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.calibration import LEAST_SLOPE, calibration_error, fit, reliability

pairs = st.lists(st.tuples(st.floats(-50, 50, width=32), st.sampled_from([0.0, 1.0, np.nan])), max_size=40)


@settings(deadline=None)
@given(pairs)
def test_it_rises_whatever_the_examples(given_pairs: list[tuple[float, float]]) -> None:
    logits = np.array([pair[0] for pair in given_pairs], np.float32)
    a, b = fit(logits, np.array([pair[1] for pair in given_pairs], np.float32))
    assert a >= LEAST_SLOPE * (1 - 1e-9)
    assert np.isfinite([a, b]).all()


def test_it_finds_the_line_that_made_the_labels() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(3, 2, 50_000).astype(np.float32)
    labels = (random.random(50_000) < 1 / (1 + np.exp(-(0.5 * logits - 2)))).astype(np.float32)
    a, b = fit(logits, labels)
    assert (a, b) == pytest.approx((0.5, -2), abs=0.06)
    points = reliability(1 / (1 + np.exp(-(a * logits + b))), labels)
    assert calibration_error(points) < 0.01
    assert sum(count for _, _, count in points) == 50_000
