from serving.api.recommender.v1 import candidates_pb2 as _candidates_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RerankRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "scenario_id", "count", "candidates", "as_of_ms", "exclude_seen", "context")
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
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SEEN_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    scenario_id: str
    count: int
    candidates: _candidates_pb2.Candidates
    as_of_ms: int
    exclude_seen: bool
    context: _containers.ScalarMap[str, str]
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., count: _Optional[int] = ..., candidates: _Optional[_Union[_candidates_pb2.Candidates, _Mapping]] = ..., as_of_ms: _Optional[int] = ..., exclude_seen: _Optional[bool] = ..., context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RerankResponse(_message.Message):
    __slots__ = ("candidates", "unknown_item_ids", "rules", "basis")
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    candidates: _candidates_pb2.Candidates
    unknown_item_ids: _containers.RepeatedScalarFieldContainer[str]
    rules: _containers.RepeatedCompositeFieldContainer[RuleReport]
    basis: _candidates_pb2.Basis
    def __init__(self, candidates: _Optional[_Union[_candidates_pb2.Candidates, _Mapping]] = ..., unknown_item_ids: _Optional[_Iterable[str]] = ..., rules: _Optional[_Iterable[_Union[RuleReport, _Mapping]]] = ..., basis: _Optional[_Union[_candidates_pb2.Basis, _Mapping]] = ...) -> None: ...

class RuleReport(_message.Message):
    __slots__ = ("rule", "removed_item_ids", "places")
    RULE_FIELD_NUMBER: _ClassVar[int]
    REMOVED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    rule: str
    removed_item_ids: _containers.RepeatedScalarFieldContainer[str]
    places: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, rule: _Optional[str] = ..., removed_item_ids: _Optional[_Iterable[str]] = ..., places: _Optional[_Iterable[int]] = ...) -> None: ...
