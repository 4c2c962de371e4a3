from serving.api.recommender.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Candidates(_message.Message):
    __slots__ = ("item_ids", "scores", "channels")
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    scores: _containers.RepeatedScalarFieldContainer[float]
    channels: _containers.RepeatedCompositeFieldContainer[ChannelColumn]
    def __init__(self, item_ids: _Optional[_Iterable[str]] = ..., scores: _Optional[_Iterable[float]] = ..., channels: _Optional[_Iterable[_Union[ChannelColumn, _Mapping]]] = ...) -> None: ...

class ChannelColumn(_message.Message):
    __slots__ = ("channel", "places", "scores")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    channel: str
    places: _containers.RepeatedScalarFieldContainer[int]
    scores: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, channel: _Optional[str] = ..., places: _Optional[_Iterable[int]] = ..., scores: _Optional[_Iterable[float]] = ...) -> None: ...

class Basis(_message.Message):
    __slots__ = ("request_id", "as_of_ms", "state", "staleness_ms", "degraded", "failed_stages")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STALENESS_MS_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    FAILED_STAGES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    as_of_ms: int
    state: _containers.RepeatedCompositeFieldContainer[_common_pb2.TablePosition]
    staleness_ms: int
    degraded: bool
    failed_stages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., as_of_ms: _Optional[int] = ..., state: _Optional[_Iterable[_Union[_common_pb2.TablePosition, _Mapping]]] = ..., staleness_ms: _Optional[int] = ..., degraded: _Optional[bool] = ..., failed_stages: _Optional[_Iterable[str]] = ...) -> None: ...
