"""The channel of vectors: the contract of a channel, one version at a time, and nobody else's items."""

import asyncio
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from schemas.records import Item
from serving.models.kinds import ready
from serving.models.shelf import Shelf
from serving.recall.channels.vector import Vector
from serving.recall.vector_index import Found
from serving.views.world import Views
from tests.changes import TENANT, change, put
from tests.contracts.channel import ITEMS, ChannelContract, query_of
from tests.serving.models.shelves import shelf_of, towers
from tests.serving.recall.channels.test_learned import likes, views_of
from topics.changelogs import ITEM
from topics.vector_store import VectorSpace
from training.artifact.model import Model


class ExactIndex:
    """Compares all vectors, as a flat index does."""

    def __init__(self, *models: Model) -> None:
        self.held: dict[str, Mapping[str, NDArray[np.float32]]] = {}
        self.answering: dict[VectorSpace, str] = {}
        for model in models:
            self.hold(model)

    def hold(self, model: Model, more: Mapping[str, NDArray[np.float32]] | None = None) -> None:
        vectors = dict(zip(model.words["items"], model.tensors["vectors"], strict=True))
        space = VectorSpace(model.manifest.tenant, "item", "retrieval")
        self.held[space.collection(model.manifest.version)] = {**vectors, **(more or {})}
        self.answering[space] = model.manifest.version

    async def version(self, space: VectorSpace) -> str | None:
        return self.answering.get(space)

    async def search(self, space: VectorSpace, version: str, vector: NDArray[np.float32], limit: int) -> Found:
        held = self.held[space.collection(version)]
        ids, scores = list(held), np.stack(list(held.values())) @ vector
        order = np.argsort(-scores, kind="stable")[:limit]
        return Found([ids[place] for place in order], scores[order])


MODEL = towers([*ITEMS, "gone"], {item: [f"tag{number % 3}"] for number, item in enumerate(ITEMS)})


class TestVector(ChannelContract):
    def make(self, views: Views) -> Vector:
        return Vector(shelf_of(MODEL), ExactIndex(MODEL))


def found(channel: Vector, views: Views, *liked: str) -> list[str]:
    catalogue = views.catalogues.of(TENANT)
    state = likes(*(catalogue.numbers[item] for item in liked))
    proposal = asyncio.run(channel.recall(query_of(views, state, exclude_seen=True), 9))
    return [catalogue.ids[number] for number in proposal.items]


def test_a_new_item_is_found_by_its_vector() -> None:
    views = views_of("a", "b", "c", "new")
    model = towers(["a", "b", "c"], {})
    index = ExactIndex()
    index.hold(model, {"new": model.tensors["vectors"][0]})
    assert "new" in found(Vector(shelf_of(model), index), views, "a")


def test_a_released_version_waits_for_its_vectors() -> None:
    views = views_of("a", "b", "c")
    first, second = (
        towers(["a", "b", "c"], {}, version=version, seed=seed) for version, seed in (("v1", 1), ("v2", 2))
    )
    shelf, index = shelf_of(first), ExactIndex(first)
    channel = Vector(shelf, index)
    before = found(channel, views, "a")
    shelf.put(ready(second))
    assert found(channel, views, "a") == before, "the vectors of v1 answer, compared by v1's user"
    index.hold(second)
    after = found(channel, views, "a")
    assert after == found(Vector(shelf_of(second), ExactIndex(second)), views, "a")
    assert found(Vector(shelf_of(second), ExactIndex(first)), views, "a") == [], "v1 was never met"


def test_another_tenants_vectors_are_never_asked_for() -> None:
    views = views_of("a", "b")
    put(views.items, [change(ITEM, "theirs", Item(status="active"), tenant="other")])
    index = ExactIndex(towers(["a", "b", "theirs"], {}, tenant="other"))
    assert found(Vector(shelf_of(towers(["a", "b"], {})), index), views, "a") == []


def test_without_index_or_model_nothing_is_proposed() -> None:
    views = views_of("a", "b")
    assert found(Vector(shelf_of(towers(["a", "b"], {})), None), views, "a") == []
    assert found(Vector(Shelf(), ExactIndex(towers(["a", "b"], {}))), views, "a") == []


def test_an_item_that_the_catalogue_does_not_know_is_left_out() -> None:
    model = towers(["a", "b", "c"], {})
    assert "c" not in found(Vector(shelf_of(model), ExactIndex(model)), views_of("a", "b"), "a")
