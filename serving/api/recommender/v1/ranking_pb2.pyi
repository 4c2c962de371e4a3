from serving.api.recommender.v1 import candidates_pb2 as _candidates_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RankRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "scenario_id", "candidates", "ranker", "as_of_ms", "context")
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
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    RANKER_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    scenario_id: str
    candidates: _candidates_pb2.Candidates
    ranker: str
    as_of_ms: int
    context: _containers.ScalarMap[str, str]
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., candidates: _Optional[_Union[_candidates_pb2.Candidates, _Mapping]] = ..., ranker: _Optional[str] = ..., as_of_ms: _Optional[int] = ..., context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RankResponse(_message.Message):
    __slots__ = ("candidates", "unknown_item_ids", "ranker", "model_version", "basis")
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    RANKER_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    candidates: _candidates_pb2.Candidates
    unknown_item_ids: _containers.RepeatedScalarFieldContainer[str]
    ranker: str
    model_version: str
    basis: _candidates_pb2.Basis
    def __init__(self, candidates: _Optional[_Union[_candidates_pb2.Candidates, _Mapping]] = ..., unknown_item_ids: _Optional[_Iterable[str]] = ..., ranker: _Optional[str] = ..., model_version: _Optional[str] = ..., basis: _Optional[_Union[_candidates_pb2.Basis, _Mapping]] = ...) -> None: ...
