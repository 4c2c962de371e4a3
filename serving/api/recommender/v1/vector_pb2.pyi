from serving.api.recommender.v1 import job_pb2 as _job_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SearchIn(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEARCH_IN_ANY: _ClassVar[SearchIn]
    SEARCH_IN_MODEL: _ClassVar[SearchIn]
    SEARCH_IN_INDEX: _ClassVar[SearchIn]
SEARCH_IN_ANY: SearchIn
SEARCH_IN_MODEL: SearchIn
SEARCH_IN_INDEX: SearchIn

class GenerateVectorsRequest(_message.Message):
    __slots__ = ("tenant_id", "request_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    request_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetVectorRequest(_message.Message):
    __slots__ = ("tenant_id", "subject", "id", "model")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    subject: str
    id: str
    model: str
    def __init__(self, tenant_id: _Optional[str] = ..., subject: _Optional[str] = ..., id: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class GetVectorResponse(_message.Message):
    __slots__ = ("values", "model", "version")
    VALUES_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[float]
    model: str
    version: str
    def __init__(self, values: _Optional[_Iterable[float]] = ..., model: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class SearchSimilarRequest(_message.Message):
    __slots__ = ("tenant_id", "item_id", "user_id", "vector", "k", "exclude_seen_by", "model", "search_in")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SEEN_BY_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SEARCH_IN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item_id: str
    user_id: str
    vector: Values
    k: int
    exclude_seen_by: str
    model: str
    search_in: SearchIn
    def __init__(self, tenant_id: _Optional[str] = ..., item_id: _Optional[str] = ..., user_id: _Optional[str] = ..., vector: _Optional[_Union[Values, _Mapping]] = ..., k: _Optional[int] = ..., exclude_seen_by: _Optional[str] = ..., model: _Optional[str] = ..., search_in: _Optional[_Union[SearchIn, str]] = ...) -> None: ...

class Values(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, values: _Optional[_Iterable[float]] = ...) -> None: ...

class SearchSimilarResponse(_message.Message):
    __slots__ = ("items", "model", "version", "searched_in")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SEARCHED_IN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[SimilarItem]
    model: str
    version: str
    searched_in: SearchIn
    def __init__(self, items: _Optional[_Iterable[_Union[SimilarItem, _Mapping]]] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., searched_in: _Optional[_Union[SearchIn, str]] = ...) -> None: ...

class SimilarItem(_message.Message):
    __slots__ = ("item_id", "score")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    score: float
    def __init__(self, item_id: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...
