"""The tables: what each holds stands in its .avsc, how it is folded in folds/, where it is kept in its changelog."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

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
from topics import changelogs
from topics.topic import Topic

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)  # no slots: what is cached stands beside the fields
class Table(Generic[R]):
    """A table: its changelog, and the row that a key has before its first event (the identity of its fold)."""

    changelog: Topic
    empty: R

    @cached_property
    def name(self) -> str:
        """The name on disk, in metrics and on the command line: the changelog's, without its suffix."""
        return self.changelog.name.removesuffix(".table.v1")


USER_ACTIVITY: Final = Table(changelogs.USER_ACTIVITY, UserActivity())
USER_HISTORY: Final = Table(changelogs.USER_HISTORY, UserHistory())
USER_PROFILE: Final = Table(changelogs.USER_PROFILE, UserProfile())
ITEM: Final = Table(changelogs.ITEM, Item())
ITEM_STATS: Final = Table(changelogs.ITEM_STATS, ItemStats())
ITEM_NEIGHBORS: Final = Table(changelogs.ITEM_NEIGHBORS, ItemNeighbors())
ITEM_AUDIENCE: Final = Table(changelogs.ITEM_AUDIENCE, ItemAudience())

TABLES: Final[tuple[Table[Any], ...]] = (
    USER_ACTIVITY,
    USER_HISTORY,
    USER_PROFILE,
    ITEM,
    ITEM_STATS,
    ITEM_NEIGHBORS,
    ITEM_AUDIENCE,
)
"""Every table."""
