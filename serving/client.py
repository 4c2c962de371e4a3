"""The CLI's client: asks a running server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from serving.api.recommender.v1 import admin_pb2_grpc, recommendation_pb2_grpc
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.errors import CallError


def recommend(address: str, request: pb.RecommendRequest, timeout_s: float) -> pb.RecommendResponse:
    """Return the server's answer; raise CallError, with the status and what it says, if there is none."""
    with _channel(address) as channel:
        stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
        response: pb.RecommendResponse = stub.Recommend(request, timeout=timeout_s)
    return response


def administer(address: str, method: str, request: Any, timeout_s: float) -> Any:
    """Return what a method of AdminService answers; raise as `recommend` does."""
    with _channel(address) as channel:
        return getattr(admin_pb2_grpc.AdminServiceStub(channel), method)(request, timeout=timeout_s)


@contextmanager
def _channel(address: str) -> Iterator[grpc.Channel]:
    """Yield a channel to the server; raise CallError for what it refuses."""
    with grpc.insecure_channel(address) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            absent = error.code() is grpc.StatusCode.UNAVAILABLE
            hint = "; does `tideline serve` run there, and has it read its tables?" if absent else ""
            raise CallError(f"{address} answers {error.code().name}: {error.details()}{hint}") from error
