import numpy as np
import pytest

from schemas.records import ACTION_INDEX, Action
from serving.query import Recent
from serving.recall.seeds import liked_most

DAY_MS = 86_400_000


def recent(*interactions: tuple[int, Action, int, int]) -> Recent:
    """Return interactions of (item, action, day, value in thousandths)."""
    return Recent(
        np.array([item for item, *_ in interactions], np.int32),
        np.array([ACTION_INDEX[action] for _, action, *_ in interactions], np.int64),
        np.array([day * DAY_MS for _, _, day, _ in interactions], np.int64),
        np.array([value for *_, value in interactions], np.int64),
    )


def test_a_weight_is_the_strength_faded_from_the_latest_interaction_on() -> None:
    seeds, weights = liked_most(recent((1, Action.LIKE, 100, 0), (2, Action.PURCHASE, 40, 0)), 20, half_life_days=30)
    assert seeds.tolist() == [1, 2]
    assert weights.tolist() == pytest.approx([2.0, 5.0 / 4])


def test_interactions_with_one_item_add_up() -> None:
    seeds, weights = liked_most(
        recent((1, Action.CLICK, 9, 0), (1, Action.LIKE, 9, 0), (1, Action.VIEW, 9, 0)), 20, 30
    )
    assert seeds.tolist() == [1]
    assert weights.tolist() == pytest.approx([2.7])


def test_what_was_only_viewed_or_is_disliked_on_the_whole_is_no_seed() -> None:
    history = recent(
        (1, Action.VIEW, 9, 0),
        (2, Action.LIKE, 8, 0),
        (2, Action.HIDE, 9, 0),
        (3, Action.RATE, 9, 3_000),
        (4, Action.RATE, 9, 2_000),
        (5, Action.IMPRESSION, 9, 0),
        (6, Action.RATE, 9, 4_500),
    )
    assert liked_most(history, 20, 30)[0].tolist() == [6]


def test_the_heaviest_are_kept() -> None:
    seeds, weights = liked_most(recent(*((item, Action.LIKE, item, 0) for item in range(40))), 3, 30)
    assert seeds.tolist() == [39, 38, 37]
    assert weights.tolist() == sorted(weights, reverse=True)


def test_nobody_has_no_seeds() -> None:
    seeds, weights = liked_most(recent(), 20, 30)
    assert len(seeds) == len(weights) == 0
