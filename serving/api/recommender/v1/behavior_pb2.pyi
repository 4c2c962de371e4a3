from serving.api.recommender.v1 import common_pb2 as _common_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BehaviorEvent(_message.Message):
    __slots__ = ("event_id", "user_id", "item_id", "action", "event_time_ms", "scenario_id", "value", "tags", "request_id", "position", "context")
    class ContextEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    user_id: str
    item_id: str
    action: str
    event_time_ms: int
    scenario_id: str
    value: float
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    position: int
    context: _containers.ScalarMap[str, str]
    def __init__(self, event_id: _Optional[str] = ..., user_id: _Optional[str] = ..., item_id: _Optional[str] = ..., action: _Optional[str] = ..., event_time_ms: _Optional[int] = ..., scenario_id: _Optional[str] = ..., value: _Optional[float] = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., position: _Optional[int] = ..., context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class TrackedEvent(_message.Message):
    __slots__ = ("event_id", "position")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    position: _common_pb2.LogPosition
    def __init__(self, event_id: _Optional[str] = ..., position: _Optional[_Union[_common_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class TrackEventRequest(_message.Message):
    __slots__ = ("tenant_id", "event")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    event: BehaviorEvent
    def __init__(self, tenant_id: _Optional[str] = ..., event: _Optional[_Union[BehaviorEvent, _Mapping]] = ...) -> None: ...

class TrackEventResponse(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: TrackedEvent
    def __init__(self, event: _Optional[_Union[TrackedEvent, _Mapping]] = ...) -> None: ...

class TrackBatchRequest(_message.Message):
    __slots__ = ("tenant_id", "events")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    events: _containers.RepeatedCompositeFieldContainer[BehaviorEvent]
    def __init__(self, tenant_id: _Optional[str] = ..., events: _Optional[_Iterable[_Union[BehaviorEvent, _Mapping]]] = ...) -> None: ...

class TrackBatchResponse(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[TrackedEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[TrackedEvent, _Mapping]]] = ...) -> None: ...

class GetStatsRequest(_message.Message):
    __slots__ = ("tenant_id", "item_id", "scenario_id", "as_of_ms", "at_least")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item_id: str
    scenario_id: str
    as_of_ms: int
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    def __init__(self, tenant_id: _Optional[str] = ..., item_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., as_of_ms: _Optional[int] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ...) -> None: ...

class Stats(_message.Message):
    __slots__ = ("item_id", "last_hour", "last_day", "all_time")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_HOUR_FIELD_NUMBER: _ClassVar[int]
    LAST_DAY_FIELD_NUMBER: _ClassVar[int]
    ALL_TIME_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    last_hour: ActionCounts
    last_day: ActionCounts
    all_time: ActionCounts
    def __init__(self, item_id: _Optional[str] = ..., last_hour: _Optional[_Union[ActionCounts, _Mapping]] = ..., last_day: _Optional[_Union[ActionCounts, _Mapping]] = ..., all_time: _Optional[_Union[ActionCounts, _Mapping]] = ...) -> None: ...

class ActionCounts(_message.Message):
    __slots__ = ("counts", "from_ms", "until_ms", "exact")
    class CountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.ScalarMap[str, int]
    from_ms: int
    until_ms: int
    exact: bool
    def __init__(self, counts: _Optional[_Mapping[str, int]] = ..., from_ms: _Optional[int] = ..., until_ms: _Optional[int] = ..., exact: _Optional[bool] = ...) -> None: ...
