"""One compacted topic a table: the table's changelog is its whole public interface."""

from typing import Final

from schemas.records import (
    Item,
    ItemAudience,
    ItemNeighbors,
    ItemStats,
    Row,
    UserActivity,
    UserHistory,
    UserProfile,
)
from topics.topic import MAX_LARGE_BYTES, MAX_RECORD_BYTES, Cleanup, Topic


def _changelog(table: str, row: type[Row], key: str, doc: str, max_record_bytes: int = MAX_RECORD_BYTES) -> Topic:
    return Topic(
        f"{table}.table.v1",
        row,
        key=key,
        doc=doc,
        cleanup=Cleanup.COMPACT,
        max_record_bytes=max_record_bytes,
        derived=True,
    )


USER_ACTIVITY: Final = _changelog("user_activity", UserActivity, "tenant, user", "What users did lately.")
USER_HISTORY: Final = _changelog(
    "user_history",
    UserHistory,
    "tenant, user, five minutes",
    "All that users acted on, by five minutes, and the event ids folded in.",
    # The one row that the number of events bounds, not a limit of its own: a robot with a hundred thousand events
    # in five minutes must not stop its partition, which it would if the broker refused the row.
    max_record_bytes=MAX_LARGE_BYTES,
)
USER_PROFILE: Final = _changelog("user_profile", UserProfile, "tenant, user", "Users' attributes.")
ITEM: Final = _changelog("item", Item, "tenant, item", "The catalogue.")
ITEM_STATS: Final = _changelog("item_stats", ItemStats, "tenant, item, scenario", "How items did.")
ITEM_NEIGHBORS: Final = _changelog(
    "item_neighbors",
    ItemNeighbors,
    "tenant, item",
    "A sample of each item's users, from which neighbours come.",
)
ITEM_AUDIENCE: Final = _changelog("item_audience", ItemAudience, "tenant, item", "The latest users of each item.")

CHANGELOGS: Final = (
    USER_ACTIVITY,
    USER_HISTORY,
    USER_PROFILE,
    ITEM,
    ITEM_STATS,
    ITEM_NEIGHBORS,
    ITEM_AUDIENCE,
)
