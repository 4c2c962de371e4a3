"""Roster: the gRPC services that there are, by their short names. To add one: a line here and one in `app.py`."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from google.protobuf.descriptor import FileDescriptor

from serving.api.recommender.v1 import (
    admin_pb2,
    admin_pb2_grpc,
    behavior_pb2,
    behavior_pb2_grpc,
    feature_pb2,
    feature_pb2_grpc,
    item_pb2,
    item_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    ranking_pb2,
    ranking_pb2_grpc,
    recall_pb2,
    recall_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
    reranking_pb2,
    reranking_pb2_grpc,
    user_pb2,
    user_pb2_grpc,
    vector_pb2,
    vector_pb2_grpc,
)

Register = Callable[[Any, Any], None]
"""Generated code that adds a servicer to a server."""


class Service(NamedTuple):
    """One gRPC service."""

    full_name: str
    """As reflection, health and clients call it."""

    register: Register
    port: int
    """Where it listens when it runs as a process of its own."""

    reads_views: bool
    """Whether it can answer only once the tables were read."""

    @classmethod
    def of(cls, file: FileDescriptor, name: str, register: Register, port: int, *, reads_views: bool) -> "Service":
        """Return the service of that name in the file."""
        return cls(file.services_by_name[name].full_name, register, port, reads_views)


SERVICES: Final[Mapping[str, Service]] = {
    "recall": Service.of(
        recall_pb2.DESCRIPTOR,
        "RecallService",
        recall_pb2_grpc.add_RecallServiceServicer_to_server,
        8081,
        reads_views=True,
    ),
    "ranking": Service.of(
        ranking_pb2.DESCRIPTOR,
        "RankingService",
        ranking_pb2_grpc.add_RankingServiceServicer_to_server,
        8082,
        reads_views=True,
    ),
    "reranking": Service.of(
        reranking_pb2.DESCRIPTOR,
        "RerankingService",
        reranking_pb2_grpc.add_RerankingServiceServicer_to_server,
        8083,
        reads_views=True,
    ),
    "user": Service.of(
        user_pb2.DESCRIPTOR,
        "UserService",
        user_pb2_grpc.add_UserServiceServicer_to_server,
        8084,
        reads_views=True,
    ),
    "item": Service.of(
        item_pb2.DESCRIPTOR,
        "ItemService",
        item_pb2_grpc.add_ItemServiceServicer_to_server,
        8085,
        reads_views=True,
    ),
    "behavior": Service.of(
        behavior_pb2.DESCRIPTOR,
        "BehaviorService",
        behavior_pb2_grpc.add_BehaviorServiceServicer_to_server,
        8086,
        reads_views=False,
    ),
    "recommend": Service.of(
        recommendation_pb2.DESCRIPTOR,
        "RecommendService",
        recommendation_pb2_grpc.add_RecommendServiceServicer_to_server,
        8087,
        reads_views=True,
    ),
    "model": Service.of(
        model_pb2.DESCRIPTOR,
        "ModelService",
        model_pb2_grpc.add_ModelServiceServicer_to_server,
        8091,
        reads_views=False,
    ),
    "feature": Service.of(
        feature_pb2.DESCRIPTOR,
        "FeatureService",
        feature_pb2_grpc.add_FeatureServiceServicer_to_server,
        8092,
        reads_views=True,
    ),
    "vector": Service.of(
        vector_pb2.DESCRIPTOR,
        "VectorService",
        vector_pb2_grpc.add_VectorServiceServicer_to_server,
        8093,
        reads_views=True,
    ),
    "admin": Service.of(
        admin_pb2.DESCRIPTOR,
        "AdminService",
        admin_pb2_grpc.add_AdminServiceServicer_to_server,
        8095,
        reads_views=False,
    ),
}
