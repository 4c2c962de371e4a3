"""The shelf: swapped whole, and each tenant's own."""

import pytest
from msgspec.structs import replace

from serving.models.kinds import Ranking, Recall, ready
from serving.models.shelf import Shelf
from tests.serving.models.shelves import ranking_model, recall_model, shelf_of
from training.artifact.model import Model
from training.errors import ArtifactMismatchError
from training.features.errors import FeatureMismatchError

ITEMS = ["a", "b", "c", "d"]


def test_a_tenant_gets_its_own_model_and_nobody_elses() -> None:
    shelf = shelf_of(recall_model("ease", ITEMS, "acme"), recall_model("ease", ITEMS, "other"))
    mine = shelf.get("acme", "ease")
    assert mine is not None
    assert mine.manifest.tenant == "acme"
    assert shelf.get("third", "ease") is None
    assert shelf.get("acme", "als") is None


def test_the_newest_put_answers_and_a_removed_one_no_more() -> None:
    shelf = Shelf()
    first, second = ready(ranking_model(seed=1)), ready(ranking_model(seed=2))
    shelf.put(first)
    before = shelf.models
    shelf.put(second)
    assert shelf.get("t", "deepfm") is second
    assert before["t", "deepfm"] is first  # who looked before keeps what was there
    shelf.remove("t", "deepfm")
    assert not shelf.models


def test_kinds_become_what_answers() -> None:
    assert isinstance(ready(ranking_model()).ready, Ranking)
    assert isinstance(ready(recall_model("als", ITEMS)).ready, Recall)


def test_a_kind_that_nobody_knows_is_refused() -> None:
    model = recall_model("ease", ITEMS)
    other = Model(replace(model.manifest, kind="oracle"), model.tensors, model.words)
    with pytest.raises(ArtifactMismatchError, match="oracle"):
        ready(other)


def test_a_model_of_other_definitions_of_features_is_refused() -> None:
    model = ranking_model()
    digests = {**model.manifest.feature_digests, "hour": "0" * 16}
    other = Model(replace(model.manifest, feature_digests=digests), model.tensors)
    with pytest.raises(FeatureMismatchError, match="hour"):
        ready(other)
