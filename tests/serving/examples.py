"""A request of each method that is answered: what tests over all methods make wrong ones of, one field at a time."""

from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from serving.api.recommender.v1 import (
    admin_pb2,
    behavior_pb2,
    candidates_pb2,
    explanation_pb2,
    feature_pb2,
    item_pb2,
    model_pb2,
    ranking_pb2,
    recall_pb2,
    recommendation_pb2,
    reranking_pb2,
    user_pb2,
    vector_pb2,
)
from serving.api.recommender.v1.common_pb2 import LogPosition
from tests.serving.fakes import NOW, TENANT

_EVENT: Final = behavior_pb2.BehaviorEvent(
    event_id="e1",
    user_id="u",
    item_id="item-1",
    action="click",
    event_time_ms=NOW,
    scenario_id="home",
    tags=["a"],
    request_id="r1",
    position=1,
    context={"device": "phone"},
)

_CONTEXT: Final = {"device": "phone"}
_PLACE: Final = LogPosition(topic="item.change.v1")
_ITEM: Final = item_pb2.Item(
    item_id="item-0",
    title="Nulla",
    categories=["drama"],
    tags=["slow"],
    author="ann",
    status="active",
    attributes={"country": "no"},
)
_MASK: Final = FieldMask(paths=["title", "categories", "tags", "author", "status", "attributes"])
_CANDIDATES: Final = candidates_pb2.Candidates(
    item_ids=["item-0"],
    scores=[1.0],
    channels=[candidates_pb2.ChannelColumn(channel="hot", places=[0], scores=[1.0])],
)

EXAMPLES: Final[dict[str, Message]] = {
    "recommend.Recommend": recommendation_pb2.RecommendRequest(
        tenant_id=TENANT, user_id="u", scenario_id="home", count=1, context=_CONTEXT, at_least=[_PLACE]
    ),
    "recommend.Explain": explanation_pb2.ExplainRequest(
        tenant_id=TENANT, request_id="r1", user_id="u", item_ids=["item-0"]
    ),
    "behavior.TrackEvent": behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=_EVENT),
    "behavior.TrackBatch": behavior_pb2.TrackBatchRequest(tenant_id=TENANT, events=[_EVENT]),
    "user.GetUserProfile": user_pb2.GetUserProfileRequest(tenant_id=TENANT, user_id="u", at_least=[_PLACE]),
    "user.BatchGetUserProfiles": user_pb2.BatchGetUserProfilesRequest(
        tenant_id=TENANT, user_ids=["u"], at_least=[_PLACE]
    ),
    "user.UpdateUserProfile": user_pb2.UpdateUserProfileRequest(
        tenant_id=TENANT, user_id="u", event_id="e1", attributes={"city": "Oslo"}, removed=["age"], event_time_ms=NOW
    ),
    "user.GetUserRealtimeFeatures": user_pb2.GetUserRealtimeFeaturesRequest(
        tenant_id=TENANT, user_id="u", at_least=[_PLACE]
    ),
    "behavior.GetStats": behavior_pb2.GetStatsRequest(
        tenant_id=TENANT, item_id="item-0", scenario_id="home", at_least=[_PLACE]
    ),
    "item.CreateItem": item_pb2.CreateItemRequest(tenant_id=TENANT, item=_ITEM, event_id="e1", event_time_ms=NOW),
    "item.GetItem": item_pb2.GetItemRequest(tenant_id=TENANT, item_id="item-0", at_least=[_PLACE]),
    "item.BatchGetItems": item_pb2.BatchGetItemsRequest(tenant_id=TENANT, item_ids=["item-0"], at_least=[_PLACE]),
    "item.UpdateItem": item_pb2.UpdateItemRequest(
        tenant_id=TENANT,
        item=_ITEM,
        update_mask=_MASK,
        event_id="e1",
    ),
    "item.DeleteItem": item_pb2.DeleteItemRequest(tenant_id=TENANT, item_id="item-0", event_id="e1"),
    "recall.MultiRecall": recall_pb2.MultiRecallRequest(
        tenant_id=TENANT,
        user_id="u",
        scenario_id="home",
        count=1,
        channels=[recall_pb2.ChannelAsk(channel="hot")],
        context=_CONTEXT,
    ),
    "ranking.Rank": ranking_pb2.RankRequest(
        tenant_id=TENANT, user_id="u", scenario_id="home", candidates=_CANDIDATES, ranker="score", context=_CONTEXT
    ),
    "reranking.Rerank": reranking_pb2.RerankRequest(
        tenant_id=TENANT, user_id="u", scenario_id="home", count=1, candidates=_CANDIDATES, context=_CONTEXT
    ),
    "model.Train": model_pb2.TrainRequest(tenant_id=TENANT, recipe="deepfm", dataset="daily", request_id="r1"),
    "model.GetJob": model_pb2.GetJobRequest(tenant_id=TENANT, job_id="j1"),
    "model.ListJobs": model_pb2.ListJobsRequest(tenant_id=TENANT, kind="train", status="running"),
    "model.CancelJob": model_pb2.CancelJobRequest(tenant_id=TENANT, job_id="j1"),
    "model.ListModels": model_pb2.ListModelsRequest(tenant_id=TENANT),
    "model.ReleaseModel": model_pb2.ReleaseModelRequest(
        tenant_id=TENANT, model="ease", version="v1", metric="ndcg@10", expected_version="v0", request_id="r1"
    ),
    "model.RollbackModel": model_pb2.RollbackModelRequest(
        tenant_id=TENANT, model="ease", version="v1", expected_version="v0", request_id="r1"
    ),
    "feature.GetFeatures": feature_pb2.GetFeaturesRequest(
        tenant_id=TENANT, user_id="u", scenario_id="home", item_ids=["item-0"], features=["item_age"]
    ),
    "feature.BatchGetFeatures": feature_pb2.BatchGetFeaturesRequest(
        tenant_id=TENANT, user_ids=["u"], scenario_id="home", item_ids=["item-0"], features=["item_age"]
    ),
    "feature.Materialize": feature_pb2.MaterializeRequest(
        tenant_id=TENANT, dataset="daily", source="served", features=["item_age"], format="arrow", request_id="r1"
    ),
    "vector.GenerateVectors": vector_pb2.GenerateVectorsRequest(tenant_id=TENANT, request_id="r1"),
    "vector.GetVector": vector_pb2.GetVectorRequest(tenant_id=TENANT, subject="item", id="item-0", model="retrieval"),
    "vector.SearchSimilar": vector_pb2.SearchSimilarRequest(
        tenant_id=TENANT, item_id="item-0", k=1, exclude_seen_by="u", model="retrieval"
    ),
    "admin.GetConfig": admin_pb2.GetConfigRequest(tenant_id=TENANT, component="serving"),
    "admin.SetConfig": admin_pb2.SetConfigRequest(
        tenant_id=TENANT, component="serving", json="{}", changed_by="ann", reason="to see"
    ),
    "admin.ListConfig": admin_pb2.ListConfigRequest(tenant_id=TENANT),
    "admin.ConfigHistory": admin_pb2.ConfigHistoryRequest(tenant_id=TENANT, component="serving"),
    "admin.RollbackConfig": admin_pb2.RollbackConfigRequest(
        tenant_id=TENANT, component="serving", changed_by="ann", reason="back"
    ),
    "admin.ListTenants": admin_pb2.ListTenantsRequest(),
    "admin.CreateTenant": admin_pb2.CreateTenantRequest(tenant_id="new", title="New"),
    "admin.RotateKey": admin_pb2.RotateKeyRequest(tenant_id=TENANT, grace_s=1),
}
"""By service and method."""
