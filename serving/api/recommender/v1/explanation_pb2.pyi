from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExplainRequest(_message.Message):
    __slots__ = ("tenant_id", "request_id", "user_id", "item_ids")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    request_id: str
    user_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant_id: _Optional[str] = ..., request_id: _Optional[str] = ..., user_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("request_id", "user_id", "scenario_id", "as_of_ms", "ranker", "model_version", "missing", "candidates", "source", "made_by", "items")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    RANKER_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    user_id: str
    scenario_id: str
    as_of_ms: int
    ranker: str
    model_version: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    candidates: int
    source: str
    made_by: str
    items: _containers.RepeatedCompositeFieldContainer[ItemExplanation]
    def __init__(self, request_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scenario_id: _Optional[str] = ..., as_of_ms: _Optional[int] = ..., ranker: _Optional[str] = ..., model_version: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., candidates: _Optional[int] = ..., source: _Optional[str] = ..., made_by: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ItemExplanation, _Mapping]]] = ...) -> None: ...

class ItemExplanation(_message.Message):
    __slots__ = ("item_id", "fate", "told", "position", "rank", "merged_rank", "score", "removed_by", "channels", "rules", "features")
    class FeaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    FATE_FIELD_NUMBER: _ClassVar[int]
    TOLD_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    MERGED_RANK_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    REMOVED_BY_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    fate: str
    told: str
    position: int
    rank: int
    merged_rank: int
    score: float
    removed_by: str
    channels: _containers.RepeatedCompositeFieldContainer[ChannelOpinion]
    rules: _containers.RepeatedCompositeFieldContainer[RuleEffect]
    features: _containers.ScalarMap[str, float]
    def __init__(self, item_id: _Optional[str] = ..., fate: _Optional[str] = ..., told: _Optional[str] = ..., position: _Optional[int] = ..., rank: _Optional[int] = ..., merged_rank: _Optional[int] = ..., score: _Optional[float] = ..., removed_by: _Optional[str] = ..., channels: _Optional[_Iterable[_Union[ChannelOpinion, _Mapping]]] = ..., rules: _Optional[_Iterable[_Union[RuleEffect, _Mapping]]] = ..., features: _Optional[_Mapping[str, float]] = ...) -> None: ...

class ChannelOpinion(_message.Message):
    __slots__ = ("channel", "score", "rank")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    channel: str
    score: float
    rank: int
    def __init__(self, channel: _Optional[str] = ..., score: _Optional[float] = ..., rank: _Optional[int] = ...) -> None: ...

class RuleEffect(_message.Message):
    __slots__ = ("rule", "before", "after")
    RULE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    rule: str
    before: int
    after: int
    def __init__(self, rule: _Optional[str] = ..., before: _Optional[int] = ..., after: _Optional[int] = ...) -> None: ...
