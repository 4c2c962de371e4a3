"""Scoring: products of items with a user, as work to be done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.artifact.forward.scoring import products


@given(st.integers(0, 99), st.integers(0, 20), st.integers(0, 40), st.floats(-5, 5, width=32))
def test_a_score_is_the_product_and_the_offset(seed: int, items: int, factors: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    of_items, user = rng.normal(size=(items, factors)).astype(np.float32), rng.normal(size=factors).astype(np.float32)
    assert products(of_items, user, offset).run() == pytest.approx(of_items @ user + np.float32(offset), abs=1e-4)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="2"):
        products(np.ones((3, 2), np.float32), np.ones(4, np.float32))
