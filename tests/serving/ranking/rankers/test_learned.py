"""Rankers of released models."""

import numpy as np
import pytest

from serving.errors import WrongModelError
from serving.models.shelf import Shelf
from serving.ranking.protocol import Ranker
from serving.ranking.rankers.learned import DeepFM, TwoTower, WideDeep
from tests.contracts.ranker import RankerContract
from tests.serving.fakes import TENANT, catalogue_of, query_of
from tests.serving.models.shelves import FEATURES, ranking_model, recall_model, shelf_of


class TestWithoutModel(RankerContract):
    def make(self) -> Ranker:
        return DeepFM(Shelf())


@pytest.mark.parametrize("kind", [DeepFM, WideDeep, TwoTower])
def test_scores_are_probabilities_of_what_the_model_reads(kind: type[DeepFM]) -> None:
    ranker = kind(shelf_of(ranking_model(kind.name, TENANT)))
    scorer = ranker.scorer(query_of(catalogue_of([True])))
    assert scorer is not None
    assert scorer.features.names == FEATURES
    assert scorer.version == "v1"
    matrix = np.random.default_rng(0).normal(size=(7, len(FEATURES))).astype(np.float32)
    scores = scorer.scores(matrix)
    assert scores.dtype == np.float32
    assert ((scores > 0) & (scores < 1)).all()
    np.testing.assert_allclose(scorer.scores(matrix[::-1]), scores[::-1], rtol=1e-5)


def test_another_tenants_model_does_not_rank() -> None:
    ranker = DeepFM(shelf_of(ranking_model("deepfm", "other")))
    assert ranker.scorer(query_of(catalogue_of([True]))) is None


def test_a_model_that_does_not_rank_is_refused_by_name() -> None:
    model = recall_model("ease", ["a", "b"], TENANT)
    shelf = shelf_of(model)
    loaded = shelf.get(TENANT, "ease")
    assert loaded is not None
    ranker = type("Named", (DeepFM,), {"name": "ease"})(shelf)
    with pytest.raises(WrongModelError, match="of kind ease, which ranks nothing"):
        ranker.scorer(query_of(catalogue_of([True])))
