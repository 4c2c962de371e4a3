import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from training.artifact.forward import item_item
from training.artifact.forward.history import History, Weighting
from training.artifact.forward.item_item import ItemItem
from training.artifact.manifest import Manifest
from training.artifact.model import Model

SIZE = 7
ALIKE = Weighting("any")


def history(*items: int) -> History:
    once = np.array(items, np.int64)
    ones = np.ones(len(once))
    return History(once, np.arange(len(once)), ones, ones > 0, np.empty(0, np.int64))


def model(seed: int) -> tuple[ItemItem, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((SIZE, SIZE)) < 0.4, rng.normal(size=(SIZE, SIZE)), 0).astype(np.float32)
    weights = csr_array(dense)
    weights.indices, weights.indptr = weights.indices.astype(np.int32), weights.indptr.astype(np.int32)
    return ItemItem(weights, ALIKE), dense


@given(st.integers(0, 99), st.lists(st.integers(0, SIZE - 1), unique=True, max_size=SIZE))
def test_a_score_is_the_sum_of_what_each_item_of_the_history_adds(seed: int, items: list[int]) -> None:
    found, dense = model(seed)
    chosen, weights = ALIKE.weigh(history(*items), len(dense))
    assert found.scores(history(*items)) == pytest.approx(weights @ dense[chosen], abs=1e-5)


@pytest.mark.parametrize("stranger", [-1, SIZE, 10**9])
def test_a_history_with_an_item_that_the_model_does_not_know_is_refused(stranger: int) -> None:
    with pytest.raises(IndexError, match="none of the 7"):
        model(0)[0].scores(history(1, stranger))


def artifact(dense: np.ndarray[tuple[int, int], np.dtype[np.float32]], weighting: Weighting) -> Model:
    sparse = csr_array(dense)
    tensors = {"indptr": sparse.indptr, "indices": sparse.indices, "values": sparse.data}
    manifest = Manifest(
        name="m", kind="ease", version="v1", tenant="t", created_at=0, features=[], params=weighting.params
    )
    return Model(manifest, tensors, {"items": [f"item-{number}" for number in range(len(dense))]})


def test_models_of_one_fit_share_its_matrix_and_others_do_not() -> None:
    _, dense = model(1)
    graded, alike = (ItemItem.of(artifact(dense, Weighting(liking))) for liking in ("graded", "any"))
    assert graded.weights is alike.weights
    assert graded.weighting != alike.weighting
    assert ItemItem.of(artifact(dense * 2, Weighting("any"))).weights is not alike.weights


def test_a_matrix_goes_with_the_last_model_that_has_it() -> None:
    before = len(item_item._IN_USE)
    one = ItemItem.of(artifact(model(2)[1], ALIKE))
    assert len(item_item._IN_USE) == before + 1
    del one
    gc.collect()
    assert len(item_item._IN_USE) == before
