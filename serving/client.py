"""The CLI's client: asks a running server."""

import grpc

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc
from serving.errors import CallError


def recommend(address: str, request: pb.RecommendRequest, timeout_s: float) -> pb.RecommendResponse:
    """Return the server's answer; raise CallError, with the status and what it says, if there is none."""
    with grpc.insecure_channel(address) as channel:
        stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
        try:
            response: pb.RecommendResponse = stub.Recommend(request, timeout=timeout_s)
        except grpc.RpcError as error:
            absent = error.code() is grpc.StatusCode.UNAVAILABLE
            hint = "; does `tideline serve` run there, and has it read its tables?" if absent else ""
            raise CallError(f"{address} answers {error.code().name}: {error.details()}{hint}") from error
    return response
