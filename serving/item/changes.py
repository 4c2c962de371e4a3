"""Changes of items as the contract names them, made into what is written; pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from schemas.records import Change, ItemChange, Status
from schemas.tenancy import check_id
from serving.api.recommender.v1 import item_pb2 as pb
from serving.clock import check_event_time
from topics.routes import Parcel, pack

UNKNOWN_TIME: Final = -1
"""Publish time of an item of which it is not known, in the record and in the table."""

_STATUSES: Final = (Status.ACTIVE.value, Status.HIDDEN.value)

_FIELDS: Final[Mapping[str, Callable[[pb.Item], tuple[str, Any]]]] = {
    "title": lambda item: ("title", item.title),
    "categories": lambda item: ("categories", list(item.categories)),
    "tags": lambda item: ("tags", list(item.tags)),
    "author": lambda item: ("author", item.author),
    "publish_time_ms": lambda item: (
        "publish_time",
        item.publish_time_ms if item.HasField("publish_time_ms") else UNKNOWN_TIME,
    ),
    "status": lambda item: ("status", item.status),
    "attributes": lambda item: ("attributes", dict(item.attributes)),
}
"""By the contract's name of a field: the record's name of it, and what the item says."""

_NAMES: Final = {"event_id": "event_id", "event_time": "event_time_ms", "publish_time": "item.publish_time_ms"}
"""The contract's name of each of the record's fields that is not `item.` and the same."""


def created(request: pb.CreateItemRequest, now_ms: int) -> ItemChange:
    """Return the creation; it sets every field, so that nothing of an item that was deleted before comes back.

    Raises InvalidFieldError, which names the field.
    """
    _check_item(request.HasField("item"), request.item)
    status = _checked_status(request.item.status or Status.ACTIVE)
    return _change(request, request.item.item_id, Change.CREATE, now_ms, _said(request.item) | {"status": status})


def updated(request: pb.UpdateItemRequest, now_ms: int) -> ItemChange:
    """Return the update of what the mask names; raise InvalidFieldError, which names the field."""
    _check_item(request.HasField("item"), request.item)
    paths = list(request.update_mask.paths)
    if not paths:
        raise InvalidFieldError("update_mask", f"must name what is to be replaced: some of {', '.join(_FIELDS)}")
    if len(paths) > len(_FIELDS):
        raise InvalidFieldError("update_mask", f"must name each field once, not {len(paths)} paths")
    for path in paths:
        if path not in _FIELDS:
            raise InvalidFieldError("update_mask", f"must name some of {', '.join(_FIELDS)}, not {path[:64]!r}")
    for field, _ in request.item.ListFields():
        if field.name != "item_id" and field.name not in paths:
            raise InvalidFieldError(f"item.{field.name}", "is given, but update_mask does not name it")
    if "status" in paths:
        _checked_status(request.item.status)
    return _change(request, request.item.item_id, Change.UPDATE, now_ms, _said(request.item, paths))


def deleted(request: pb.DeleteItemRequest, now_ms: int) -> ItemChange:
    """Return the deletion; raise InvalidFieldError, which names the field."""
    check_id(request.item_id, "item_id")
    return _change(request, request.item_id, Change.DELETE, now_ms, {})


def packed(change: ItemChange, codecs: Codecs) -> Parcel:
    """Return the change ready to be written; raise InvalidFieldError, which names the contract's field."""
    try:
        return pack(change, codecs)
    except InvalidFieldError as error:
        raise InvalidFieldError(_NAMES.get(error.field, f"item.{error.field}"), error.why) from None


def _check_item(given: bool, item: pb.Item) -> None:
    if not given:
        raise InvalidFieldError("item", "must be given")
    check_id(item.item_id, "item.item_id")
    if item.version:
        raise InvalidFieldError("item.version", "is only told; expected_version is what a change may depend on")


def _checked_status(status: str) -> str:
    if status not in _STATUSES:
        raise InvalidFieldError("item.status", f"must be one of {', '.join(_STATUSES)}, not {status[:64]!r}")
    return status


def _said(item: pb.Item, fields: Any = _FIELDS) -> dict[str, Any]:
    return dict(_FIELDS[field](item) for field in fields)


def _change(
    request: pb.CreateItemRequest | pb.UpdateItemRequest | pb.DeleteItemRequest,
    item: str,
    change: Change,
    now_ms: int,
    settings: Mapping[str, Any],
) -> ItemChange:
    given = request.event_time_ms if request.HasField("event_time_ms") else now_ms
    return ItemChange(
        event_id=request.event_id or str(uuid7()),
        tenant_id=request.tenant_id,
        item_id=item,
        change=change,
        event_time=check_event_time(given, now_ms, "event_time_ms"),
        **settings,
    )
