"""The CLI's client: asks a running server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc

from serving.api.recommender.v1 import admin_pb2_grpc, recommendation_pb2_grpc
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.credentials import ClientSettings, channel_to
from serving.errors import CallError

_HINTS: Final = {
    grpc.StatusCode.UNAVAILABLE: "; does `tideline serve` run there, with TLS or without as TIDELINE_CLIENT_* say, "
    "and has it read its tables?",
    grpc.StatusCode.UNAUTHENTICATED: "; set TIDELINE_KEY",
}


def recommend(
    address: str, request: pb.RecommendRequest, timeout_s: float, client: ClientSettings | None = None
) -> pb.RecommendResponse:
    """Return the server's answer; raise CallError, with the status and what it says, if there is none."""
    client = client or ClientSettings()
    with channel_to(address, client) as channel, told(address):
        stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
        response: pb.RecommendResponse = stub.Recommend(request, timeout=timeout_s, metadata=client.metadata)
    return response


def administer(address: str, method: str, request: Any, timeout_s: float, client: ClientSettings | None = None) -> Any:
    """Return what a method of AdminService answers; raise as `recommend` does."""
    client = client or ClientSettings()
    with channel_to(address, client) as channel, told(address):
        call = getattr(admin_pb2_grpc.AdminServiceStub(channel), method)
        return call(request, timeout=timeout_s, metadata=client.metadata)


@contextmanager
def told(address: str) -> Iterator[None]:
    """Raise CallError, with the status and what the server says, for a call in the block that is refused."""
    try:
        yield
    except grpc.RpcError as error:
        hint = _HINTS.get(error.code(), "")
        raise CallError(f"{address} answers {error.code().name}: {error.details()}{hint}") from error
