"""Behaviour events of the contract, made into what is written."""

from typing import Final, NamedTuple

from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.loading import Codecs
from schemas.records import BehaviorEvent
from serving.api.recommender.v1 import behavior_pb2 as pb
from serving.clock import check_event_time
from topics.routes import Parcel, pack

MAX_BATCH: Final = 1000

_FIELDS: Final = {"scenario": "scenario_id", "event_time": "event_time_ms"}
"""The contract's name of each field that the record calls something else; a refusal names what the client sent."""


class Packed(NamedTuple):
    """An event that is checked and ready to be written."""

    event_id: str
    parcel: Parcel


def packed(tenant: str, event: pb.BehaviorEvent, now_ms: int, path: str, codecs: Codecs) -> Packed:
    """Return the event ready to be written; an absent event_id becomes a UUIDv7, an absent event_time the time now.

    Raises InvalidFieldError with the field's path in the request, which begins with `path`.
    """
    record = BehaviorEvent(
        event_id=event.event_id or str(uuid7()),
        tenant_id=tenant,
        user_id=event.user_id,
        item_id=event.item_id,
        action=event.action,
        event_time=event.event_time_ms if event.HasField("event_time_ms") else now_ms,
        scenario=event.scenario_id or "default",
        value=event.value if event.HasField("value") else None,
        tags=list(event.tags),
        request_id=event.request_id or None,
        position=event.position if event.HasField("position") else None,
        context=dict(event.context),
    )
    try:
        parcel = pack(record, codecs)
        check_event_time(record.event_time, now_ms, "event_time")
    except InvalidFieldError as error:
        raise InvalidFieldError(f"{path}.{_FIELDS.get(error.field, error.field)}", error.why) from None
    return Packed(record.event_id, parcel)
