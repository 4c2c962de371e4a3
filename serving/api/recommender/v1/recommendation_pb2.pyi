from serving.api.recommender.v1 import common_pb2 as _common_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from serving.api.recommender.v1 import explanation_pb2 as _explanation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecommendRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "scenario_id", "count", "context", "as_of_ms", "exclude_seen", "debug", "at_least", "page_token", "ahead")
    class ContextEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SEEN_FIELD_NUMBER: _ClassVar[int]
    DEBUG_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AHEAD_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    scenario_id: str
    count: int
    context: _containers.ScalarMap[str, str]
    as_of_ms: int
    exclude_seen: bool
    debug: bool
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    page_token: str
    ahead: bool
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., count: _Optional[int] = ..., context: _Optional[_Mapping[str, str]] = ..., as_of_ms: _Optional[int] = ..., exclude_seen: _Optional[bool] = ..., debug: _Optional[bool] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ..., page_token: _Optional[str] = ..., ahead: _Optional[bool] = ...) -> None: ...

class RecommendResponse(_message.Message):
    __slots__ = ("items", "request_id", "degraded", "filled_from_hot", "failed_channels", "late_channels", "failed_stages", "as_of_ms", "state", "staleness_ms", "stages", "arms", "config", "next_page_token", "stale", "source", "refreshed_at_ms", "ranker", "model_version", "config_digest", "rows")
    class ArmsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    FILLED_FROM_HOT_FIELD_NUMBER: _ClassVar[int]
    FAILED_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    LATE_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    FAILED_STAGES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STALENESS_MS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    ARMS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REFRESHED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    RANKER_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[RecommendedItem]
    request_id: str
    degraded: bool
    filled_from_hot: bool
    failed_channels: _containers.RepeatedScalarFieldContainer[str]
    late_channels: _containers.RepeatedScalarFieldContainer[str]
    failed_stages: _containers.RepeatedScalarFieldContainer[str]
    as_of_ms: int
    state: _containers.RepeatedCompositeFieldContainer[_common_pb2.TablePosition]
    staleness_ms: int
    stages: _containers.RepeatedCompositeFieldContainer[StageReport]
    arms: _containers.ScalarMap[str, str]
    config: str
    next_page_token: str
    stale: bool
    source: str
    refreshed_at_ms: int
    ranker: str
    model_version: str
    config_digest: str
    rows: _containers.RepeatedCompositeFieldContainer[FoldedRow]
    def __init__(self, items: _Optional[_Iterable[_Union[RecommendedItem, _Mapping]]] = ..., request_id: _Optional[str] = ..., degraded: _Optional[bool] = ..., filled_from_hot: _Optional[bool] = ..., failed_channels: _Optional[_Iterable[str]] = ..., late_channels: _Optional[_Iterable[str]] = ..., failed_stages: _Optional[_Iterable[str]] = ..., as_of_ms: _Optional[int] = ..., state: _Optional[_Iterable[_Union[_common_pb2.TablePosition, _Mapping]]] = ..., staleness_ms: _Optional[int] = ..., stages: _Optional[_Iterable[_Union[StageReport, _Mapping]]] = ..., arms: _Optional[_Mapping[str, str]] = ..., config: _Optional[str] = ..., next_page_token: _Optional[str] = ..., stale: _Optional[bool] = ..., source: _Optional[str] = ..., refreshed_at_ms: _Optional[int] = ..., ranker: _Optional[str] = ..., model_version: _Optional[str] = ..., config_digest: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[FoldedRow, _Mapping]]] = ...) -> None: ...

class FoldedRow(_message.Message):
    __slots__ = ("topic", "applied")
    class AppliedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: int
        def __init__(self, key: _Optional[int] = ..., value: _Optional[int] = ...) -> None: ...
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    topic: str
    applied: _containers.ScalarMap[int, int]
    def __init__(self, topic: _Optional[str] = ..., applied: _Optional[_Mapping[int, int]] = ...) -> None: ...

class RecommendedItem(_message.Message):
    __slots__ = ("item_id", "title", "score", "position", "channels", "reason")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    title: str
    score: float
    position: int
    channels: _containers.RepeatedCompositeFieldContainer[ChannelScore]
    reason: str
    def __init__(self, item_id: _Optional[str] = ..., title: _Optional[str] = ..., score: _Optional[float] = ..., position: _Optional[int] = ..., channels: _Optional[_Iterable[_Union[ChannelScore, _Mapping]]] = ..., reason: _Optional[str] = ...) -> None: ...

class ChannelScore(_message.Message):
    __slots__ = ("channel", "score")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    channel: str
    score: float
    def __init__(self, channel: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...

class StageReport(_message.Message):
    __slots__ = ("name", "micros", "candidates")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MICROS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    name: str
    micros: int
    candidates: int
    def __init__(self, name: _Optional[str] = ..., micros: _Optional[int] = ..., candidates: _Optional[int] = ...) -> None: ...
