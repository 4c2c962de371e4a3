from google.protobuf import field_mask_pb2 as _field_mask_pb2
from serving.api.recommender.v1 import common_pb2 as _common_pb2
from serving.api.recommender_common.v1 import health_pb2 as _health_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Item(_message.Message):
    __slots__ = ("item_id", "title", "categories", "tags", "author", "publish_time_ms", "status", "attributes", "version")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    title: str
    categories: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    author: str
    publish_time_ms: int
    status: str
    attributes: _containers.ScalarMap[str, str]
    version: int
    def __init__(self, item_id: _Optional[str] = ..., title: _Optional[str] = ..., categories: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ..., author: _Optional[str] = ..., publish_time_ms: _Optional[int] = ..., status: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ..., version: _Optional[int] = ...) -> None: ...

class CreateItemRequest(_message.Message):
    __slots__ = ("tenant_id", "item", "event_id", "event_time_ms")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item: Item
    event_id: str
    event_time_ms: int
    def __init__(self, tenant_id: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., event_id: _Optional[str] = ..., event_time_ms: _Optional[int] = ...) -> None: ...

class ItemWritten(_message.Message):
    __slots__ = ("event_id", "position")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    position: _common_pb2.LogPosition
    def __init__(self, event_id: _Optional[str] = ..., position: _Optional[_Union[_common_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class GetItemRequest(_message.Message):
    __slots__ = ("tenant_id", "item_id", "at_least")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item_id: str
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    def __init__(self, tenant_id: _Optional[str] = ..., item_id: _Optional[str] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ...) -> None: ...

class BatchGetItemsRequest(_message.Message):
    __slots__ = ("tenant_id", "item_ids", "at_least")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    at_least: _containers.RepeatedCompositeFieldContainer[_common_pb2.LogPosition]
    def __init__(self, tenant_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., at_least: _Optional[_Iterable[_Union[_common_pb2.LogPosition, _Mapping]]] = ...) -> None: ...

class BatchGetItemsResponse(_message.Message):
    __slots__ = ("items", "unknown_item_ids")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Item]
    unknown_item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Iterable[_Union[Item, _Mapping]]] = ..., unknown_item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class UpdateItemRequest(_message.Message):
    __slots__ = ("tenant_id", "item", "update_mask", "event_id", "event_time_ms", "expected_version")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item: Item
    update_mask: _field_mask_pb2.FieldMask
    event_id: str
    event_time_ms: int
    expected_version: int
    def __init__(self, tenant_id: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., event_id: _Optional[str] = ..., event_time_ms: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class DeleteItemRequest(_message.Message):
    __slots__ = ("tenant_id", "item_id", "event_id", "event_time_ms", "expected_version")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    item_id: str
    event_id: str
    event_time_ms: int
    expected_version: int
    def __init__(self, tenant_id: _Optional[str] = ..., item_id: _Optional[str] = ..., event_id: _Optional[str] = ..., event_time_ms: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...
