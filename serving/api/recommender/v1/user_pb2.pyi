from serving.api.recommender.v1 import common_pb2 as _common_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetUserProfileRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "at_least")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ...) -> None: ...

class UserProfile(_message.Message):
    __slots__ = ("user_id", "attributes", "version", "erased_at_ms")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ERASED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    attributes: _containers.ScalarMap[str, str]
    version: int
    erased_at_ms: int
    def __init__(self, user_id: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ..., version: _Optional[int] = ..., erased_at_ms: _Optional[int] = ...) -> None: ...

class BatchGetUserProfilesRequest(_message.Message):
    __slots__ = ("tenant_id", "user_ids", "at_least")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    def __init__(self, tenant_id: _Optional[str] = ..., user_ids: _Optional[_Iterable[str]] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ...) -> None: ...

class BatchGetUserProfilesResponse(_message.Message):
    __slots__ = ("profiles",)
    PROFILES_FIELD_NUMBER: _ClassVar[int]
    profiles: _containers.RepeatedCompositeFieldContainer[UserProfile]
    def __init__(self, profiles: _Optional[_Iterable[_Union[UserProfile, _Mapping]]] = ...) -> None: ...

class UpdateUserProfileRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "event_id", "attributes", "removed", "erase", "event_time_ms", "expected_version")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    ERASE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    event_id: str
    attributes: _containers.ScalarMap[str, str]
    removed: _containers.RepeatedScalarFieldContainer[str]
    erase: bool
    event_time_ms: int
    expected_version: int
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., event_id: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ..., removed: _Optional[_Iterable[str]] = ..., erase: _Optional[bool] = ..., event_time_ms: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class UpdateUserProfileResponse(_message.Message):
    __slots__ = ("event_id", "position")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    position: _common_pb2.LogPosition
    def __init__(self, event_id: _Optional[str] = ..., position: _Optional[_Union[_common_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class GetUserRealtimeFeaturesRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "as_of_ms", "at_least")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    as_of_ms: int
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., as_of_ms: _Optional[int] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ...) -> None: ...

class UserRealtimeFeatures(_message.Message):
    __slots__ = ("user_id", "last_hour", "totals", "tags", "recent", "seen")
    class LastHourEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class TotalsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_HOUR_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    RECENT_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    last_hour: _containers.ScalarMap[str, int]
    totals: _containers.ScalarMap[str, int]
    tags: _containers.ScalarMap[str, float]
    recent: _containers.RepeatedCompositeFieldContainer[Interaction]
    seen: int
    def __init__(self, user_id: _Optional[str] = ..., last_hour: _Optional[_Mapping[str, int]] = ..., totals: _Optional[_Mapping[str, int]] = ..., tags: _Optional[_Mapping[str, float]] = ..., recent: _Optional[_Iterable[_Union[Interaction, _Mapping]]] = ..., seen: _Optional[int] = ...) -> None: ...

class Interaction(_message.Message):
    __slots__ = ("item_id", "action", "event_time_ms", "value_thousandths")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    VALUE_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    action: str
    event_time_ms: int
    value_thousandths: int
    def __init__(self, item_id: _Optional[str] = ..., action: _Optional[str] = ..., event_time_ms: _Optional[int] = ..., value_thousandths: _Optional[int] = ...) -> None: ...
