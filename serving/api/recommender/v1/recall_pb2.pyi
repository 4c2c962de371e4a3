from serving.api.recommender.v1 import candidates_pb2 as _candidates_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MultiRecallRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "scenario_id", "count", "channels", "as_of_ms", "exclude_seen", "context")
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
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SEEN_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    scenario_id: str
    count: int
    channels: _containers.RepeatedCompositeFieldContainer[ChannelAsk]
    as_of_ms: int
    exclude_seen: bool
    context: _containers.ScalarMap[str, str]
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., count: _Optional[int] = ..., channels: _Optional[_Iterable[_Union[ChannelAsk, _Mapping]]] = ..., as_of_ms: _Optional[int] = ..., exclude_seen: _Optional[bool] = ..., context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ChannelAsk(_message.Message):
    __slots__ = ("channel", "limit", "weight", "budget_ms")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    limit: int
    weight: float
    budget_ms: int
    def __init__(self, channel: _Optional[str] = ..., limit: _Optional[int] = ..., weight: _Optional[float] = ..., budget_ms: _Optional[int] = ...) -> None: ...

class MultiRecallResponse(_message.Message):
    __slots__ = ("candidates", "failed_channels", "late_channels", "basis")
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    FAILED_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    LATE_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    candidates: _candidates_pb2.Candidates
    failed_channels: _containers.RepeatedScalarFieldContainer[str]
    late_channels: _containers.RepeatedScalarFieldContainer[str]
    basis: _candidates_pb2.Basis
    def __init__(self, candidates: _Optional[_Union[_candidates_pb2.Candidates, _Mapping]] = ..., failed_channels: _Optional[_Iterable[str]] = ..., late_channels: _Optional[_Iterable[str]] = ..., basis: _Optional[_Union[_candidates_pb2.Basis, _Mapping]] = ...) -> None: ...
