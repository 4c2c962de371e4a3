"""The ranking benchmark ranks what it says."""

import pytest

from deploy.bench.ranking import measure_ranking
from training.errors import RecipeError


def test_a_round_for_each_request() -> None:
    times = measure_ranking("deepfm", candidates=40, rounds=12, device="cpu")
    assert len(times) == 12
    assert times == sorted(times)
    assert times[0] > 0


def test_an_unknown_recipe_is_named() -> None:
    with pytest.raises(RecipeError, match="oracle"):
        measure_ranking("oracle", candidates=40, rounds=12, device="cpu")
