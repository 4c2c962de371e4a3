"""Vectors are those that the model itself scores by, whoever makes them."""

import numpy as np
import pytest
from hypothesis import given
from msgspec.structs import replace

from schemas.packing import RECENT
from schemas.records import ACTION_INDEX, Action, Item, UserActivity
from serving.models.numbering import Numbering
from serving.recall.channels.learned import history_of as serving_history_of
from tests.changes import TENANT, begin_users, change, make_views, put
from tests.contracts.channel import query_of
from tests.row_strategies import user_activities
from tests.serving.models.shelves import recall_model, towers
from topics.changelogs import ITEM, USER_ACTIVITY
from training.artifact.embedding import EMBEDDERS, history_of
from training.artifact.forward.als import ALS
from training.artifact.forward.history import History
from training.artifact.forward.sequential import Retrieval
from training.artifact.model import Model
from training.errors import ArtifactMismatchError

ITEMS = [f"item{number}" for number in range(6)]
TAGS = {item: [f"tag{number % 3}"] for number, item in enumerate(ITEMS)}
MODEL = towers(ITEMS, TAGS)


def test_items_of_the_training_keep_their_vectors() -> None:
    vectors, known = EMBEDDERS["retrieval"](MODEL).items([(item, TAGS[item]) for item in ITEMS])
    assert known.all()
    np.testing.assert_allclose(vectors, MODEL.tensors["vectors"], rtol=1e-5)


def test_a_changed_item_moves_and_a_new_one_has_its_tags() -> None:
    embedder = EMBEDDERS["retrieval"](MODEL)
    vectors, known = embedder.items([("item0", ["tag2"]), ("new", ["tag1", "unheard of"]), ("newer", ["unheard of"])])
    assert known.tolist() == [True, True, False]
    assert not np.allclose(vectors[0], MODEL.tensors["vectors"][0])
    assert vectors.shape == (3, embedder.dimension)
    assert not len(embedder.items([])[0])


def test_products_are_the_models_own_scores() -> None:
    history = History.of(
        np.array([1, 4], np.int32),
        np.full(2, ACTION_INDEX[Action.LIKE]),
        np.zeros(2, np.int64),
        np.empty(0, np.int64),
    )
    als = recall_model("als", ITEMS)
    for model, own in ((MODEL, Retrieval.of(MODEL)), (als, ALS.of(als))):
        embedder = EMBEDDERS[model.manifest.kind](model)
        vectors, _ = embedder.items([(item, TAGS[item]) for item in model.words["items"]])
        np.testing.assert_allclose(vectors @ embedder.user(history), own.scores(history), rtol=1e-4, atol=1e-6)
        assert not embedder.user(History.none()).any()


def test_als_knows_nothing_of_new_items() -> None:
    _, known = EMBEDDERS["als"](recall_model("als", ITEMS)).items([("item1", []), ("new", ["tag1"])])
    assert known.tolist() == [True, False]


def test_an_artifact_without_identities_is_refused() -> None:
    lacking = {name: tensor for name, tensor in MODEL.tensors.items() if name != "identities"}
    with pytest.raises(ArtifactMismatchError, match="identities"):
        EMBEDDERS["retrieval"](Model(MODEL.manifest, lacking, MODEL.words))


@given(user_activities())
def test_the_history_of_a_row_is_the_one_that_serving_reads(
    tmp_path_factory: pytest.TempPathFactory, row: UserActivity
) -> None:
    known = list(dict.fromkeys(row.recent_items))[::2]
    with begin_users(make_views(tmp_path_factory.mktemp("views"))) as views:
        put(
            views.items,
            [change(ITEM, item, Item(status="active")) for item in dict.fromkeys([*row.recent_items, "other"])],
        )
        put(views.activity, [change(USER_ACTIVITY, "u", replace(row, applied={"0": 1}))])
        catalogue = views.catalogues.of(TENANT)
        query = query_of(views, views.users.state(catalogue, TENANT, "u", 0))
        expected = serving_history_of(query, Numbering.between(known, catalogue))
    found = history_of(row, -1, {item: number for number, item in enumerate(known)})
    for name in ("items", "places", "strength", "positive"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_what_was_done_before_an_erasure_is_left_out() -> None:
    like = ACTION_INDEX[Action.LIKE]
    row = UserActivity(
        recent=RECENT.pack([(30, 1, 0, like), (20, 2, 0, like), (10, 3, 0, like)]), recent_items=["c", "b", "a"]
    )
    numbers = {"a": 0, "b": 1, "c": 2}
    assert history_of(row, 20, numbers).items.tolist() == [2]
    assert history_of(row, -1, numbers).items.tolist() == [2, 1, 0]
    assert not len(history_of(row, 30, numbers))
