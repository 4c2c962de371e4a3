"""Why an item is shown, in words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from serving.query import Query

_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ease": "goes with what you like",
        "ease_acts": "goes with what you like",
        "ease_any": "goes with what you looked at",
        "als": "near to your taste",
        "transitions": "often taken after what you took last",
        "sasrec": "often follows what you liked",
        "retrieval": "near to your taste",
        "vector": "near to your taste",
        "user_cf": "liked by those whose taste is like yours",
        "item_cf": "liked by those who liked what you like",
        "tag": "of a kind that you like",
        "recent": "new",
        "hot": "popular now",
        "catalogue": "new",
        "pin": "chosen for this place",
    }
)


def reason(query: Query, item: int, channel: str) -> str:
    """Return why the channel proposed the item to this user; for `tag`, with the tag liked most."""
    if channel == "tag":
        tastes = query.state.tags
        liked = [tag for tag in query.catalogue.tags_of(item) if tastes.get(tag, 0.0) > 0.0]
        if liked:
            return f"you like {max(liked, key=lambda tag: (tastes[tag], tag))}"
    return _REASONS.get(channel, channel)
