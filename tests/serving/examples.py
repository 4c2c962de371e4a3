"""A request of each method that is answered: what tests over all methods make wrong ones of, one field at a time."""

from typing import Final

from google.protobuf.message import Message

from serving.api.recommender.v1 import admin_pb2, behavior_pb2, recommendation_pb2, user_pb2
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

EXAMPLES: Final[dict[str, Message]] = {
    "recommend.Recommend": recommendation_pb2.RecommendRequest(
        tenant_id=TENANT, user_id="u", scenario_id="home", count=1, context={"device": "phone"}
    ),
    "behavior.TrackEvent": behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=_EVENT),
    "behavior.TrackBatch": behavior_pb2.TrackBatchRequest(tenant_id=TENANT, events=[_EVENT]),
    "user.GetUserProfile": user_pb2.GetUserProfileRequest(tenant_id=TENANT, user_id="u"),
    "user.BatchGetUserProfiles": user_pb2.BatchGetUserProfilesRequest(tenant_id=TENANT, user_ids=["u"]),
    "user.UpdateUserProfile": user_pb2.UpdateUserProfileRequest(
        tenant_id=TENANT, user_id="u", event_id="e1", attributes={"city": "Oslo"}, removed=["age"], event_time_ms=NOW
    ),
    "user.GetUserRealtimeFeatures": user_pb2.GetUserRealtimeFeaturesRequest(tenant_id=TENANT, user_id="u"),
    "admin.ListTenants": admin_pb2.ListTenantsRequest(),
    "admin.CreateTenant": admin_pb2.CreateTenantRequest(tenant_id="new", title="New"),
    "admin.RotateKey": admin_pb2.RotateKeyRequest(tenant_id=TENANT, grace_s=1),
}
"""By service and method."""
