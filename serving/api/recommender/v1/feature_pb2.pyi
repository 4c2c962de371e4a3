from serving.api.recommender.v1 import common_pb2 as _common_pb2
from serving.api.recommender.v1 import job_pb2 as _job_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetFeaturesRequest(_message.Message):
    __slots__ = ("tenant_id", "user_id", "scenario_id", "item_ids", "model", "features", "as_of_ms", "with_rows")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    WITH_ROWS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_id: str
    scenario_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    model: str
    features: _containers.RepeatedScalarFieldContainer[str]
    as_of_ms: int
    with_rows: bool
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., model: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., as_of_ms: _Optional[int] = ..., with_rows: _Optional[bool] = ...) -> None: ...

class FeatureMatrix(_message.Message):
    __slots__ = ("user_id", "item_ids", "values", "rows")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    values: bytes
    rows: _containers.RepeatedCompositeFieldContainer[RowPosition]
    def __init__(self, user_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., values: _Optional[bytes] = ..., rows: _Optional[_Iterable[_Union[RowPosition, _Mapping]]] = ...) -> None: ...

class RowPosition(_message.Message):
    __slots__ = ("table", "id", "chunk", "offsets")
    class OffsetsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: int
        def __init__(self, key: _Optional[int] = ..., value: _Optional[int] = ...) -> None: ...
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    OFFSETS_FIELD_NUMBER: _ClassVar[int]
    table: str
    id: str
    chunk: str
    offsets: _containers.ScalarMap[int, int]
    def __init__(self, table: _Optional[str] = ..., id: _Optional[str] = ..., chunk: _Optional[str] = ..., offsets: _Optional[_Mapping[int, int]] = ...) -> None: ...

class GetFeaturesResponse(_message.Message):
    __slots__ = ("features", "model_version", "matrix", "unknown_item_ids", "as_of_ms", "state", "staleness_ms")
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STALENESS_MS_FIELD_NUMBER: _ClassVar[int]
    features: _containers.RepeatedScalarFieldContainer[str]
    model_version: str
    matrix: FeatureMatrix
    unknown_item_ids: _containers.RepeatedScalarFieldContainer[str]
    as_of_ms: int
    state: _containers.RepeatedCompositeFieldContainer[_common_pb2.TablePosition]
    staleness_ms: int
    def __init__(self, features: _Optional[_Iterable[str]] = ..., model_version: _Optional[str] = ..., matrix: _Optional[_Union[FeatureMatrix, _Mapping]] = ..., unknown_item_ids: _Optional[_Iterable[str]] = ..., as_of_ms: _Optional[int] = ..., state: _Optional[_Iterable[_Union[_common_pb2.TablePosition, _Mapping]]] = ..., staleness_ms: _Optional[int] = ...) -> None: ...

class BatchGetFeaturesRequest(_message.Message):
    __slots__ = ("tenant_id", "user_ids", "scenario_id", "item_ids", "model", "features", "as_of_ms")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    scenario_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    model: str
    features: _containers.RepeatedScalarFieldContainer[str]
    as_of_ms: int
    def __init__(self, tenant_id: _Optional[str] = ..., user_ids: _Optional[_Iterable[str]] = ..., scenario_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., model: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., as_of_ms: _Optional[int] = ...) -> None: ...

class BatchGetFeaturesResponse(_message.Message):
    __slots__ = ("features", "model_version", "matrices", "unknown_item_ids", "as_of_ms")
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    MATRICES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    features: _containers.RepeatedScalarFieldContainer[str]
    model_version: str
    matrices: _containers.RepeatedCompositeFieldContainer[FeatureMatrix]
    unknown_item_ids: _containers.RepeatedScalarFieldContainer[str]
    as_of_ms: int
    def __init__(self, features: _Optional[_Iterable[str]] = ..., model_version: _Optional[str] = ..., matrices: _Optional[_Iterable[_Union[FeatureMatrix, _Mapping]]] = ..., unknown_item_ids: _Optional[_Iterable[str]] = ..., as_of_ms: _Optional[int] = ...) -> None: ...

class MaterializeRequest(_message.Message):
    __slots__ = ("tenant_id", "dataset", "source", "features", "format", "request_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    dataset: str
    source: str
    features: _containers.RepeatedScalarFieldContainer[str]
    format: str
    request_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., dataset: _Optional[str] = ..., source: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., format: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
