from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from schemas.hashing import id_hash
from serving.views.sketches import SKETCH_SIZE, Sketches

users = st.sets(st.integers(0, 2**64 - 1) | st.integers(0, 30), max_size=12)


def sketch(hashes: set[int]) -> NDArray[np.uint64]:
    return np.array(sorted(hashes)[:SKETCH_SIZE], np.uint64)


def sketches_of(likes: list[set[int]], shrinkage: float = 0.0) -> Sketches:
    sketches = Sketches(shrinkage)
    for item, hashes in enumerate(likes):
        sketches.put(item, sketch(hashes))
    sketches.commit()
    return sketches


def cosine(a: set[int], b: set[int], shrinkage: float) -> float:
    return len(a & b) / sqrt((len(a) + shrinkage) * (len(b) + shrinkage)) if a and b else 0.0


@given(st.lists(users, min_size=1, max_size=6), st.data(), st.sampled_from([0.0, 10.0]))
def test_small_items_are_compared_exactly(likes: list[set[int]], data: st.DataObject, shrinkage: float) -> None:
    seeds = data.draw(st.lists(st.integers(0, len(likes) - 1), unique=True))
    weights = data.draw(st.lists(st.floats(0.1, 5), min_size=len(seeds), max_size=len(seeds)))
    similar = sketches_of(likes, shrinkage).similar(np.array(seeds, np.int32), np.array(weights))
    expected = [
        sum(weight * cosine(likes[seed], item, shrinkage) for seed, weight in zip(seeds, weights, strict=True))
        for item in likes
    ]
    assert similar.tolist() == pytest.approx(expected)


@given(st.lists(st.lists(users, min_size=4, max_size=4), min_size=1, max_size=5))
def test_an_index_changed_in_steps_is_that_of_the_last_state(versions: list[list[set[int]]]) -> None:
    stepwise = Sketches(0.0)
    for likes in versions:
        for item, hashes in enumerate(likes):
            stepwise.put(item, sketch(hashes))
        stepwise.commit()
    at_once = sketches_of(versions[-1])
    for seed in range(4):
        seeds = np.array([seed], np.int32)
        assert stepwise.similar(seeds, np.ones(1)).tolist() == at_once.similar(seeds, np.ones(1)).tolist()


def crowd(first: int, last: int) -> set[int]:
    return {id_hash(f"user {number}") for number in range(first, last)}


def test_large_items_are_compared_within_the_error_of_their_sample() -> None:
    likes = [crowd(0, 6_000), crowd(2_000, 8_000), crowd(0, 1_000), crowd(50, 150), crowd(7_000, 9_000)]
    sketches = sketches_of(likes)
    for seed, users_of_seed in enumerate(likes):
        similar = sketches.similar(np.array([seed], np.int32), np.ones(1))
        expected = [cosine(users_of_seed, item, 0.0) for item in likes]
        assert similar.tolist() == pytest.approx(expected, abs=0.12)


def test_seeds_add_up_whether_they_are_samples_or_whole() -> None:
    sketches = sketches_of([crowd(0, 2_000), crowd(500, 700), crowd(1_000, 4_000), crowd(0, 100), crowd(600, 1_100)])
    weights = np.array([1.0, 0.5, 2.0, 3.0])
    alone = [sketches.similar(np.array([seed], np.int32), weights[[seed]]) for seed in range(4)]
    together = sketches.similar(np.arange(4, dtype=np.int32), weights)
    assert together.tolist() == pytest.approx(sum(alone).tolist())  # type: ignore[union-attr]


def test_a_seed_that_nobody_likes_yet_is_like_nothing() -> None:
    sketches = sketches_of([{1, 2}, set()])
    assert sketches.similar(np.array([1, 7], np.int32), np.ones(2)).tolist() == [0.0, 0.0]
