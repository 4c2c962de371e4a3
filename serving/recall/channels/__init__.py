"""One channel a file; `make_channels` makes all of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from serving.helper import Helper
from serving.models.shelf import Shelf
from serving.recall.channels.hot import Hot
from serving.recall.channels.item_cf import ItemCF
from serving.recall.channels.learned import LEARNED
from serving.recall.channels.recent import RecentlyPublished
from serving.recall.channels.tag import Tag
from serving.recall.channels.user_cf import UserCF
from serving.recall.channels.vector import Vector
from serving.recall.protocol import Channel
from serving.recall.settings import RecallSettings
from serving.views.world import Views

if TYPE_CHECKING:
    from serving.recall.vector_index import VectorIndex


def make_channels(
    views: Views,
    shelf: Shelf,
    settings: RecallSettings,
    index: "VectorIndex | None" = None,
    helper: Helper | None = None,
) -> Mapping[str, Channel]:
    """Return every channel by its name, each over the views that it reads, or the shelf that holds its model.

    Without an index `vector` proposes nothing. What a helper does it does beside the rest.
    """
    helper = helper or Helper()
    channels: tuple[Channel, ...] = (
        *(learned(shelf, helper) for learned in LEARNED),
        Vector(shelf, index),
        ItemCF(views.neighbors, settings.seeds, settings.seed_half_life_days, helper),
        UserCF(views.audience, views.users, settings.seeds, settings.seed_half_life_days, settings.neighbors),
        Tag(views.stats, settings.tags, settings.tag_items),
        RecentlyPublished(views.items),
        Hot(views.stats),
    )
    return {channel.name: channel for channel in channels}
