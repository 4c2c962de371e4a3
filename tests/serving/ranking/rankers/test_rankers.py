"""The rankers that need no model."""

import numpy as np
from hypothesis import given

from serving.candidate import Candidates
from serving.query import Query
from serving.ranking.rankers.random import Random
from serving.ranking.rankers.score import Score
from tests.contracts.ranker import RankerContract
from tests.serving.fakes import catalogue_of, queries_and_candidates, query_of


class TestScore(RankerContract):
    def make(self) -> Score:
        return Score()

    @given(queries_and_candidates())
    def test_keeps_the_scores(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        scores = dict(zip(candidates.items, candidates.scores, strict=True))
        ranked = Score().rank(query, candidates)
        assert all(scores[item] == score for item, score in zip(ranked.items, ranked.scores, strict=True))


class TestRandom(RankerContract):
    def make(self) -> Random:
        return Random()

    def test_differs_from_user_to_user(self) -> None:
        catalogue = catalogue_of([True] * 50)
        candidates = _all_of(50)
        one = Random().rank(query_of(catalogue, user="one"), candidates)
        other = Random().rank(query_of(catalogue, user="other"), candidates)
        assert list(one.items) != list(other.items)

    @given(queries_and_candidates())
    def test_an_items_score_does_not_depend_on_the_others(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        whole = Random().rank(query, candidates)
        half = Random().rank(query, candidates.take(np.arange(len(candidates) // 2)))
        scores = dict(zip(whole.items, whole.scores, strict=True))
        assert all(scores[item] == score for item, score in zip(half.items, half.scores, strict=True))

    def test_scores_are_spread_evenly(self) -> None:
        scores = Random().rank(query_of(catalogue_of([True] * 2000)), _all_of(2000)).scores
        counts, _ = np.histogram(scores, bins=10, range=(0, 1))
        assert counts.sum() == 2000
        assert counts.min() > 140
        assert counts.max() < 260


def _all_of(size: int) -> Candidates:
    scores = np.zeros(size, np.float32)
    return Candidates(np.arange(size, dtype=np.int32), scores, scores[:, np.newaxis], ("hot",))
