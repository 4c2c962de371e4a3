"""An item's row as the service tells it: pure, without gRPC and without a clock."""

from typing import TypeGuard

from schemas.records import Item, Status
from serving.api.recommender.v1 import item_pb2 as pb
from serving.item.changes import UNKNOWN_TIME
from serving.versions import version


def is_there(row: Item | None) -> TypeGuard[Item]:
    """Tell whether a row is of an item that exists: created, and not deleted."""
    return row is not None and row.status in (Status.ACTIVE, Status.HIDDEN)


def told(item: str, row: Item) -> pb.Item:
    """Return the row in the contract's terms."""
    return pb.Item(
        item_id=item,
        title=row.title,
        categories=row.categories,
        tags=row.tags,
        author=row.author,
        publish_time_ms=None if row.publish_time == UNKNOWN_TIME else row.publish_time,
        status=row.status,
        attributes=row.attributes,
        version=version(row),
    )
