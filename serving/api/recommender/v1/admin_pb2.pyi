from serving.api.recommender.v1 import common_pb2 as _common_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetConfigRequest(_message.Message):
    __slots__ = ("tenant_id", "component")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    component: str
    def __init__(self, tenant_id: _Optional[str] = ..., component: _Optional[str] = ...) -> None: ...

class Config(_message.Message):
    __slots__ = ("component", "json", "version", "changed_by", "changed_at_ms", "reason", "effective_json")
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_JSON_FIELD_NUMBER: _ClassVar[int]
    component: str
    json: str
    version: int
    changed_by: str
    changed_at_ms: int
    reason: str
    effective_json: str
    def __init__(self, component: _Optional[str] = ..., json: _Optional[str] = ..., version: _Optional[int] = ..., changed_by: _Optional[str] = ..., changed_at_ms: _Optional[int] = ..., reason: _Optional[str] = ..., effective_json: _Optional[str] = ...) -> None: ...

class SetConfigRequest(_message.Message):
    __slots__ = ("tenant_id", "component", "json", "changed_by", "reason", "expected_version")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    component: str
    json: str
    changed_by: str
    reason: str
    expected_version: int
    def __init__(self, tenant_id: _Optional[str] = ..., component: _Optional[str] = ..., json: _Optional[str] = ..., changed_by: _Optional[str] = ..., reason: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class SetConfigResponse(_message.Message):
    __slots__ = ("version", "position")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    version: int
    position: _common_pb2.LogPosition
    def __init__(self, version: _Optional[int] = ..., position: _Optional[_Union[_common_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class ListConfigRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class ListConfigResponse(_message.Message):
    __slots__ = ("configs",)
    CONFIGS_FIELD_NUMBER: _ClassVar[int]
    configs: _containers.RepeatedCompositeFieldContainer[Config]
    def __init__(self, configs: _Optional[_Iterable[_Union[Config, _Mapping]]] = ...) -> None: ...

class ConfigHistoryRequest(_message.Message):
    __slots__ = ("tenant_id", "component", "count")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    component: str
    count: int
    def __init__(self, tenant_id: _Optional[str] = ..., component: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class ConfigHistoryResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[Config]
    def __init__(self, versions: _Optional[_Iterable[_Union[Config, _Mapping]]] = ...) -> None: ...

class RollbackConfigRequest(_message.Message):
    __slots__ = ("tenant_id", "component", "version", "changed_by", "reason")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    component: str
    version: int
    changed_by: str
    reason: str
    def __init__(self, tenant_id: _Optional[str] = ..., component: _Optional[str] = ..., version: _Optional[int] = ..., changed_by: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListTenantsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListTenantsResponse(_message.Message):
    __slots__ = ("tenants",)
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    tenants: _containers.RepeatedCompositeFieldContainer[Tenant]
    def __init__(self, tenants: _Optional[_Iterable[_Union[Tenant, _Mapping]]] = ...) -> None: ...

class Tenant(_message.Message):
    __slots__ = ("tenant_id", "title", "created_at_ms", "keys")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    title: str
    created_at_ms: int
    keys: int
    def __init__(self, tenant_id: _Optional[str] = ..., title: _Optional[str] = ..., created_at_ms: _Optional[int] = ..., keys: _Optional[int] = ...) -> None: ...

class CreateTenantRequest(_message.Message):
    __slots__ = ("tenant_id", "title")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    title: str
    def __init__(self, tenant_id: _Optional[str] = ..., title: _Optional[str] = ...) -> None: ...

class CreateTenantResponse(_message.Message):
    __slots__ = ("key", "position")
    KEY_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    key: str
    position: _common_pb2.LogPosition
    def __init__(self, key: _Optional[str] = ..., position: _Optional[_Union[_common_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class RotateKeyRequest(_message.Message):
    __slots__ = ("tenant_id", "grace_s")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    GRACE_S_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    grace_s: int
    def __init__(self, tenant_id: _Optional[str] = ..., grace_s: _Optional[int] = ...) -> None: ...

class RotateKeyResponse(_message.Message):
    __slots__ = ("key", "others_end_at_ms", "position")
    KEY_FIELD_NUMBER: _ClassVar[int]
    OTHERS_END_AT_MS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    key: str
    others_end_at_ms: int
    position: _common_pb2.LogPosition
    def __init__(self, key: _Optional[str] = ..., others_end_at_ms: _Optional[int] = ..., position: _Optional[_Union[_common_pb2.LogPosition, _Mapping]] = ...) -> None: ...
