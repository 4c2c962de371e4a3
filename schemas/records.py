"""Typed records, one for each file in avro/; a test proves that the two agree.

They are msgspec structs: made and taken apart in C, which is what lets a fold touch tens of thousands a second.
The numeric columns of a row are packed bytes (`schemas.packing`), since Avro decodes an array element by element.
Times are milliseconds since 1970 UTC as plain integers, never datetimes: building one costs as much as decoding
the rest of the event.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Action(StrEnum):
    """What a user did. The order is that of the Avro symbols: the index is stored in rows, so append only."""

    UNKNOWN = "unknown"
    VIEW = "view"
    CLICK = "click"
    PLAY = "play"
    COMPLETE = "complete"
    LIKE = "like"
    FAVORITE = "favorite"
    SHARE = "share"
    COMMENT = "comment"
    FOLLOW = "follow"
    DISLIKE = "dislike"
    HIDE = "hide"
    PURCHASE = "purchase"
    RATE = "rate"
    IMPRESSION = "impression"


ACTIONS: Final[tuple[str, ...]] = tuple(action.value for action in Action)
ACTION_INDEX: Final[dict[str, int]] = {action: index for index, action in enumerate(Action)}


class Change(StrEnum):
    """What an item change does."""

    UNKNOWN = "unknown"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Status(StrEnum):
    """Whether an item may be shown: only an active one is recommended."""

    UNKNOWN = "unknown"
    ACTIVE = "active"
    HIDDEN = "hidden"
    DELETED = "deleted"


class UserChangeKind(StrEnum):
    """What a user change does."""

    UNKNOWN = "unknown"
    UPDATE = "update"
    ERASE = "erase"


class Outcome(StrEnum):
    """What an operator did with a dead letter."""

    UNKNOWN = "unknown"
    REPLAYED = "replayed"
    DROPPED = "dropped"


class GenerationStatus(StrEnum):
    """What a generation of tables is."""

    UNKNOWN = "unknown"
    BUILDING = "building"
    BUILT = "built"
    SERVING = "serving"
    DROPPED = "dropped"


class RebuildMethod(StrEnum):
    """What a generation of tables is built from."""

    UNKNOWN = "unknown"
    LOG = "log"
    CHANGELOG = "changelog"


class Record(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Base of every record; the fields' meaning and units stand in the `doc` of the .avsc."""


class BehaviorEvent(Record, frozen=True):
    """One action of one user on one item."""

    event_id: str
    tenant_id: str
    user_id: str
    item_id: str
    action: str
    event_time: int
    scenario: str = "default"
    value: float | None = None
    tags: list[str] = []
    request_id: str | None = None
    position: int | None = None
    context: dict[str, str] = {}


class ItemChange(Record, frozen=True):
    """A change of one item; None leaves a field as it is."""

    event_id: str
    tenant_id: str
    item_id: str
    change: str
    event_time: int
    title: str | None = None
    categories: list[str] | None = None
    tags: list[str] | None = None
    author: str | None = None
    publish_time: int | None = None
    status: str | None = None
    attributes: dict[str, str] | None = None


class UserChange(Record, frozen=True):
    """A change of one user's profile, or a request to erase it."""

    event_id: str
    tenant_id: str
    user_id: str
    change: str
    event_time: int
    attributes: dict[str, str] = {}
    removed: list[str] = []


class Header(Record, frozen=True):
    """One Kafka header of a dead letter's source."""

    name: str
    value: bytes | None = None


class DeadLetter(Record, frozen=True):
    """A record that could not be processed, whole, with the reason."""

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None = None
    value: bytes | None = None
    headers: list[Header] = []


class DeadLetterResolution(Record, frozen=True):
    """What became of a dead letter; the letter's identity is the place of its source record."""

    topic: str
    partition: int
    offset: int
    outcome: str
    resolved_at: int
    copy: str | None = None


class GenerationChange(Record, frozen=True):
    """What became of a generation of tables, or which one serves."""

    generation: int
    status: str
    changed_at: int
    method: str = "unknown"
    until: dict[str, int] = {}
    previous: int | None = None


class Row(Record, frozen=True):
    """Base of every table row: `applied` is, by source partition, the last offset folded in."""

    applied: dict[str, int] = {}


class UserActivity(Row, frozen=True):
    """What a user did lately."""

    buckets: bytes = b""
    tag_cells: bytes = b""
    tags: list[str] = []
    recent: bytes = b""
    recent_items: list[str] = []
    totals: dict[str, int] = {}


class UserHistory(Row, frozen=True):
    """Five minutes of what a user acted on, and the event ids that were folded in."""

    event_ids: bytes = b""
    offsets: bytes = b""
    items: list[str] = []
    acts: bytes = b""


class UserProfile(Row, frozen=True):
    """A user's attributes, each with the stamp of the change that set it."""

    names: list[str] = []
    values: list[str | None] = []
    stamps: bytes = b""
    erased_at: int = -1


class Item(Row, frozen=True):
    """An item of the catalogue, each field with the stamp of the change that set it."""

    title: str = ""
    categories: list[str] = []
    tags: list[str] = []
    author: str = ""
    publish_time: int = -1
    status: str = "unknown"
    attributes: dict[str, str] = {}
    stamps: bytes = b""


class ItemStats(Row, frozen=True):
    """How an item did in one scenario."""

    hours: bytes = b""
    days: bytes = b""
    totals: dict[str, int] = {}
    rating_sum: int = 0


class ItemNeighbors(Row, frozen=True):
    """A coordinated bottom-k sample of the users who liked an item."""

    users: bytes = b""


class ItemAudience(Row, frozen=True):
    """The latest users of an item."""

    visits: bytes = b""
    users: list[str] = []
