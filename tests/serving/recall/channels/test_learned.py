"""Channels of released models: the contract of a channel for each, and what they do without a model."""

import asyncio
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from schemas.records import ACTION_INDEX, Action, Item
from serving.errors import WrongModelError
from serving.models.shelf import Shelf
from serving.query import Recent, UserState
from serving.recall.channels.learned import ALS, LEARNED, Ease, Transitions
from serving.views.world import Views
from tests.changes import TENANT, change, make_views, put
from tests.contracts.channel import ITEMS, NOW, ChannelContract, query_of
from tests.serving.models.shelves import ranking_model, recall_model, shelf_of
from topics.changelogs import ITEM
from training.artifact.model import Model

# One item more than the worlds of the contract have: models know what the catalogue does not, too.
SHELF = shelf_of(*(recall_model(name, [*ITEMS, "gone"]) for name in ("ease", "als", "transitions")))


class TestEase(ChannelContract):
    def make(self, views: Views) -> Ease:
        return Ease(SHELF)


class TestALS(ChannelContract):
    def make(self, views: Views) -> ALS:
        return ALS(SHELF)


class TestTransitions(ChannelContract):
    def make(self, views: Views) -> Transitions:
        return Transitions(SHELF)


def likes(*items: int) -> UserState:
    numbers = np.array(items, np.int32)
    actions = np.full(len(items), ACTION_INDEX[Action.LIKE])
    times = NOW - np.arange(len(items))
    return UserState(Recent(numbers, actions, times, np.zeros(len(items), np.int64)), np.unique(numbers), {})


def views_of(*items: str) -> Views:
    views = make_views()
    put(views.items, [change(ITEM, item, Item(status="active")) for item in items])
    return views


def found(channel: Any, views: Views, state: UserState) -> list[str]:
    proposal = asyncio.run(channel.recall(query_of(views, state, exclude_seen=True), 9))
    return [views.catalogues.of(TENANT).ids[number] for number in proposal.items]


@pytest.mark.parametrize("name", ["ease", "transitions"])
def test_what_goes_with_the_latest_like_comes_first(name: str) -> None:
    views = views_of(*reversed(ITEMS))  # numbered otherwise than in the model
    numbers = views.catalogues.of(TENANT).numbers
    channel = {"ease": Ease, "transitions": Transitions}[name](SHELF)
    assert set(found(channel, views, likes(numbers["item3"]))[:2]) == {"item2", "item4"}


def test_an_item_that_came_later_is_known_from_then_on() -> None:
    views = views_of(*ITEMS[:4])
    channel = Ease(SHELF)
    liked = likes(views.catalogues.of(TENANT).numbers["item3"])
    assert "item4" not in found(channel, views, liked)
    put(views.items, [change(ITEM, item, Item(status="active")) for item in ITEMS[4:]])
    assert "item4" in found(channel, views, liked)


def test_without_a_model_nothing_is_proposed_and_another_tenants_is_none() -> None:
    views = views_of(*ITEMS)
    strangers = shelf_of(recall_model("ease", ITEMS, tenant="other"))
    for channel in (*(kind(Shelf()) for kind in LEARNED), Ease(strangers)):
        assert found(channel, views, likes(0)) == []


def test_a_model_that_recalls_nothing_is_refused_by_name() -> None:
    model = ranking_model("deepfm")
    shelf = shelf_of(Model(replace(model.manifest, name="ease"), model.tensors))
    with pytest.raises(WrongModelError, match="of kind deepfm, which recalls nothing"):
        found(Ease(shelf), views_of(*ITEMS), likes(0))
