"""Representative records: what the golden bytes of every release hold. One with every field set, one with defaults."""

from typing import Final

from schemas.config_records import ConfigChange
from schemas.decision_records import Decision, RowRead, RowsRead
from schemas.hashing import id_hash
from schemas.list_records import RefreshedList
from schemas.model_records import JobEvent, ModelRelease, TrainingExample, Vector, VectorSet
from schemas.packing import ACTS, CELLS, EVENT_IDS, OFFSETS, RECENT, STAMPS, TAG_CELLS, USERS
from schemas.records import (
    ACTION_INDEX,
    BehaviorEvent,
    DeadLetter,
    DeadLetterResolution,
    GenerationChange,
    Header,
    Item,
    ItemAudience,
    ItemChange,
    ItemNeighbors,
    ItemStats,
    Record,
    UserActivity,
    UserChange,
    UserHistory,
    UserProfile,
)
from schemas.tenant_records import TenantChange

_ID: Final = "0198c1a4-7c00-7000-8000-000000000001"
_AT: Final = 1_754_870_400_123  # 2025-08-11
_DAY: Final = _AT // 86_400_000
_HASH: Final = id_hash(_ID)
_RATE: Final = ACTION_INDEX["rate"]
_APPLIED: Final = {"0": 41, "3": 7}

EXAMPLES: Final[dict[type[Record], tuple[Record, ...]]] = {
    BehaviorEvent: (
        BehaviorEvent(
            event_id=_ID,
            tenant_id="movielens",
            user_id="user-1",
            item_id="фильм 1",
            action="rate",
            event_time=_AT,
            scenario="home",
            value=4.5,
            tags=["Comedy", "Drama"],
            request_id="request-1",
            position=3,
            context={"device": "phone"},
        ),
        BehaviorEvent(_ID, "movielens", "user-1", "item-1", "view", 0),
    ),
    ItemChange: (
        ItemChange(
            event_id=_ID,
            tenant_id="movielens",
            item_id="item-1",
            change="create",
            event_time=_AT,
            title="The General",
            categories=["film", "comedy"],
            tags=["silent"],
            author="Buster Keaton",
            publish_time=-1_352_160_000_000,  # 1927-02-26
            status="active",
            attributes={"language": "en"},
        ),
        ItemChange(_ID, "movielens", "item-1", "delete", _AT),
    ),
    UserChange: (
        UserChange(_ID, "movielens", "user-1", "update", _AT, attributes={"country": "DE"}, removed=["age"]),
        UserChange(_ID, "movielens", "user-1", "erase", _AT),
    ),
    DeadLetter: (
        DeadLetter(
            reason="undecodable",
            detail="not a whole BehaviorEvent",
            topic="behavior.event.v1",
            partition=3,
            offset=1 << 40,
            timestamp=_AT,
            key=b"movielens/user-1",
            value=b"\x00\x00\x00\x00\x01",
            headers=[Header("traceparent", b"00-1-2-01"), Header("empty")],
        ),
        DeadLetter("null_value", "the value is null", "item.change.v1", 0, 0, _AT),
    ),
    DeadLetterResolution: (
        DeadLetterResolution(
            topic="behavior.event.v1",
            partition=3,
            offset=1 << 40,
            outcome="replayed",
            resolved_at=_AT,
            copy="behavior.event.v1/2/7",
        ),
        DeadLetterResolution("item.change.v1", 0, 0, "dropped", _AT),
    ),
    GenerationChange: (
        GenerationChange(
            3, "serving", _AT, method="log", until={"behavior.event.v1/0": 1 << 40, "user.change.v1/3": 0}, previous=2
        ),
        GenerationChange(0, "dropped", _AT),
    ),
    Decision: (
        Decision(
            "request-1",
            "acme",
            "user-1",
            "feed",
            _AT,
            _AT + 5,
            ["item-1"],
            b"\x00\x00\x80?",
            ranker="deepfm",
            model_version="v1",
            candidates=["item-1", "item-2"],
            fused=b"\x00\x00\x80?\x00\x00\x00?",
            channels=["hot"],
            proposed=b"\x00\x00\x80?\x00\x00\xc0\x7f",
            features=["hour"],
            values=b"\x00\x00\x80?",
            read=[RowRead("item_stats", "item-1", "feed", {"0": 1 << 40})],
            considered=["item-1", "item-2"],
            read_items=["item-1"],
            read_rows=[RowsRead("item", "", bytes(7) + b"\x01")],
            missing=["als"],
            ranked=b"\x00\x00\x80?",
            removed=["item-3"],
            removed_by=["seen"],
            order_by=["diversity"],
            order=b"\x01\x00\x00\x00\x00\x00\x00\x00",
            arms={"rankers": "deepfm"},
            config="3",
            source="refreshed",
        ),
        Decision("request-2", "acme", "user-2", "feed", _AT, _AT, [], b""),
    ),
    ConfigChange: (
        ConfigChange(_ID, "acme", "serving.feed", 1 << 40, '{"ranker": "score"}', _AT, "ada", "slow"),
        ConfigChange(_ID, "acme", "experiment.rankers", 1, "{}", _AT),
    ),
    ModelRelease: (
        ModelRelease(
            "acme",
            "deepfm",
            "2026-11-25.1",
            1 << 40,
            "deepfm",
            "acme/deepfm/2026-11-25.1",
            "0f" * 32,
            _AT,
            metrics={"ndcg@10": 0.125},
            offsets={"behavior.event.v1/0": 1 << 40},
            request_id="request-1",
        ),
        ModelRelease("acme", "ease", "v1", 1, "ease", "acme/ease/v1", "a0" * 32, _AT),
    ),
    JobEvent: (
        JobEvent(
            "event-1",
            "acme",
            "job-1",
            "requested",
            _AT,
            kind="train",
            arguments={"recipe": "deepfm"},
            worker="worker-1",
            progress=0.5,
            message="epoch 3",
            result={"version": "v1"},
        ),
        JobEvent("event-2", "acme", "job-1", "cancelled", _AT),
    ),
    TenantChange: (
        TenantChange("event-1", "acme", "rotated", _AT, "key-2", "0f" * 32, "Acme", ["key-1"], _AT + 1),
        TenantChange("event-2", "acme", "created", _AT, "key-1", "a0" * 32),
    ),
    TrainingExample: (
        TrainingExample(
            "request-1",
            "acme",
            "user-1",
            "feed",
            _AT,
            86_400_000,
            ["item-1"],
            ["hour"],
            b"\x00\x00\x80?",
            ["click", "like"],
            b"\x00\x00\x80?\x00\x00\xc0\x7f",
        ),
        TrainingExample("request-2", "acme", "user-2", "feed", _AT, 1, [], [], b"", [], b""),
    ),
    Vector: (
        Vector("acme", "item-1", "retrieval", "v1", 1 << 40, b"\x00\x00\x80?\x00\x00\x00\xc0"),
        Vector("acme", "item-2", "als", "v1", 1, b""),
    ),
    VectorSet: (
        VectorSet(
            "acme", "item", "retrieval", "v1", 1 << 40, 64, {"item.vector.v1/0": 1 << 40}, {"item.table.v1/0": 7}, _AT
        ),
        VectorSet("acme", "user", "als", "v1", 1, 1, {}, {"user_activity.table.v1/0": 0}, _AT),
    ),
    RefreshedList: (
        RefreshedList(
            applied=_APPLIED,
            history={"0": 41},
            profile={"0": 2},
            request_id=_ID,
            as_of=_AT,
            items=["item-1"],
            scores=b"\x00\x00\x80?",
            channels=["als", "hot"],
            proposed=b"\x00\x00\x80?\x00\x00\xc0\x7f",
            reasons=["near to your taste"],
            ranker="deepfm",
            model_version="v1",
            config_digest="0123456789abcdef",
        ),
        RefreshedList(),
    ),
    UserActivity: (
        UserActivity(
            applied=_APPLIED,
            buckets=CELLS.pack([(_AT // 300_000, _RATE, 2)]),
            tag_cells=TAG_CELLS.pack([(_DAY, -250)]),
            tags=["Comedy"],
            recent=RECENT.pack([(_AT, _HASH, 4500, _RATE)]),
            recent_items=["item-1"],
            totals={"rate": 2},
        ),
        UserActivity(),
    ),
    UserHistory: (
        UserHistory(
            applied=_APPLIED,
            event_ids=EVENT_IDS.pack([(_HASH,)]),
            offsets=OFFSETS.pack([(41,)]),
            items=["item-1"],
            acts=ACTS.pack([(_AT, 1 << _RATE)]),
        ),
        UserHistory(),
    ),
    UserProfile: (
        UserProfile(
            applied=_APPLIED,
            names=["age", "country"],
            values=[None, "DE"],
            stamps=STAMPS.pack([(_AT, _HASH), (_AT - 1, 0)]),
            erased_at=_AT - 2,
        ),
        UserProfile(),
    ),
    Item: (
        Item(
            applied=_APPLIED,
            title="The General",
            categories=["film"],
            tags=["silent"],
            author="Buster Keaton",
            publish_time=-1_352_160_000_000,
            status="active",
            attributes={"language": "en"},
            stamps=STAMPS.pack([(_AT, _HASH)] * 7),
        ),
        Item(),
    ),
    ItemStats: (
        ItemStats(
            applied=_APPLIED,
            hours=CELLS.pack([(_AT // 3_600_000, _RATE, 2)]),
            days=CELLS.pack([(_DAY, _RATE, 2)]),
            totals={"rate": 2},
            rating_sum=9000,
        ),
        ItemStats(),
    ),
    ItemNeighbors: (ItemNeighbors(applied=_APPLIED, users=USERS.pack([(1,), (2**64 - 1,)])), ItemNeighbors()),
    ItemAudience: (
        ItemAudience(applied=_APPLIED, visits=STAMPS.pack([(_AT, _HASH)]), users=["user-1"]),
        ItemAudience(),
    ),
}
"""Examples of every record."""
