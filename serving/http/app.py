"""The app: each route is a method of the gRPC services, its body the request's fields, its answer the response's.

Nothing is decided here: what a route refuses, and with which words, the service behind it says. 64-bit numbers are
strings in the answers, by the JSON mapping of protobuf.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import grpc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from serving.api.recommender.v1 import (
    behavior_pb2,
    behavior_pb2_grpc,
    item_pb2_grpc,
    recommendation_pb2,
    recommendation_pb2_grpc,
    user_pb2,
    user_pb2_grpc,
)
from serving.credentials import AUTHORIZATION, ClientSettings, is_sendable
from serving.http.bodies import Problem, ProfileChange, Recommend, Refusal, TrackBatch, TrackEvent
from serving.http.items import item_routes
from serving.http.messages import Positions, message_of, positions_of
from serving.http.size import SizeLimit
from serving.interceptors.errors import DETAILS, RETRY_AFTER, fields_of
from serving.interceptors.telemetry import REQUEST_ID_HEADER
from serving.renewal import RenewedChannel

STATUSES: Final[dict[grpc.StatusCode, HTTPStatus]] = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    grpc.StatusCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    grpc.StatusCode.ABORTED: HTTPStatus.CONFLICT,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
}
"""What a gRPC status is in HTTP; one that is not listed is 500."""

_TOO_LARGE: Final = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    _TOO_LARGE.value: {"model": Refusal, "description": "the body is too large"},
    **{
        status.value: {
            "model": Refusal,
            "description": " or ".join(code.name for code, each in STATUSES.items() if each is status),
        }
        for status in STATUSES.values()
    },
}

Call = Callable[..., Any]


def make_app(
    target: str, timeout_s: float, client: ClientSettings | None = None, body_bytes: int = 4 << 20
) -> FastAPI:
    """Return the app in front of the server at `target` (host:port), whose calls may take so long.

    Bodies of more than `body_bytes` are refused.
    """
    reached = client or ClientSettings()

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        async with RenewedChannel(target, reached) as channel:
            app.state.recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
            app.state.behavior = behavior_pb2_grpc.BehaviorServiceStub(channel)
            app.state.user = user_pb2_grpc.UserServiceStub(channel)
            app.state.item = item_pb2_grpc.ItemServiceStub(channel)
            app.state.health = health_pb2_grpc.HealthStub(channel)
            yield

    app = FastAPI(
        title="Tideline",
        summary="Recommendations, what users do, and the catalogue.",
        lifespan=connected,
        responses=_REFUSALS,
    )
    app.add_middleware(SizeLimit, most_bytes=body_bytes, refuse=_too_large)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(grpc.aio.AioRpcError, _refused)

    async def answer(request: Request, call: Call, message: Message) -> dict[str, Any]:
        found = await call(message, timeout=timeout_s, metadata=_metadata(request))
        told: dict[str, Any] = MessageToDict(
            found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        return told

    @app.post("/api/v1/recommendations/v2", tags=["recommendations"])
    async def recommend(body: Recommend, request: Request) -> dict[str, Any]:
        """Return the best items for a user, best first."""
        message = message_of(body, recommendation_pb2.RecommendRequest())
        return await answer(request, app.state.recommend.Recommend, message)

    @app.post("/api/v1/events", tags=["behaviour"])
    async def track(body: TrackEvent, request: Request) -> dict[str, Any]:
        """Write one event; the answer says where it is in the log."""
        return await answer(request, app.state.behavior.TrackEvent, message_of(body, behavior_pb2.TrackEventRequest()))

    @app.post("/api/v1/events/batch", tags=["behaviour"])
    async def track_batch(body: TrackBatch, request: Request) -> dict[str, Any]:
        """Write up to 1,000 events."""
        return await answer(request, app.state.behavior.TrackBatch, message_of(body, behavior_pb2.TrackBatchRequest()))

    @app.get("/api/v1/users/{user_id}/profile", tags=["users"])
    async def profile(user_id: str, tenant_id: str, request: Request, at_least: Positions = ()) -> dict[str, Any]:
        """Return a user's profile; an empty one of version 0 where nothing was ever set."""
        message = user_pb2.GetUserProfileRequest(tenant_id=tenant_id, user_id=user_id, at_least=positions_of(at_least))
        return await answer(request, app.state.user.GetUserProfile, message)

    @app.patch("/api/v1/users/{user_id}/profile", tags=["users"])
    async def change_profile(user_id: str, body: ProfileChange, request: Request) -> dict[str, Any]:
        """Set and remove attributes, or erase the user; the answer says where the change is in the log."""
        message = message_of(body, user_pb2.UpdateUserProfileRequest(user_id=user_id))
        return await answer(request, app.state.user.UpdateUserProfile, message)

    @app.get("/api/v1/users/{user_id}/features", tags=["users"])
    async def realtime_features(
        user_id: str, tenant_id: str, request: Request, at_least: Positions = ()
    ) -> dict[str, Any]:
        """Return what a user did lately, as the ranker and the channels see it."""
        message = user_pb2.GetUserRealtimeFeaturesRequest(
            tenant_id=tenant_id, user_id=user_id, at_least=positions_of(at_least)
        )
        return await answer(request, app.state.user.GetUserRealtimeFeatures, message)

    item_routes(app, answer)

    @app.get("/health", tags=["operation"])
    async def health() -> JSONResponse:
        """Say whether the server behind is ready: 200 or 503."""
        found = await app.state.health.Check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        ready = found.status == health_pb2.HealthCheckResponse.SERVING
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": ready}, status)

    return app


def _too_large(most_bytes: int) -> JSONResponse:
    """Answer a body of more bytes."""
    message = f"the body has more than {most_bytes:,} bytes"
    problem = Problem(status=grpc.StatusCode.RESOURCE_EXHAUSTED.name, message=message, fields=[])
    return _answer(_TOO_LARGE, problem)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer a body that is none: with its fields, as the service does."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [_path(each["loc"]) for each in found]
    message = "; ".join(f"{field}: {each['msg']}" for field, each in zip(fields, found, strict=True))
    return _answer(HTTPStatus.BAD_REQUEST, Problem(status="INVALID_ARGUMENT", message=message, fields=fields))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, grpc.aio.AioRpcError):
        raise error
    status = STATUSES.get(error.code(), HTTPStatus.INTERNAL_SERVER_ERROR)
    problem = Problem(status=error.code().name, message=error.details() or "", fields=list(_fields(error)))
    return _answer(status, problem, _headers(error))


def _answer(status: HTTPStatus, problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(Refusal(error=problem).model_dump(), status, headers)


def _metadata(request: Request) -> list[tuple[str, str]]:
    """Return what is passed on of the request's headers.

    An authorization always is, empty where none was sent: else a call would be let in by the certificate that the
    entry itself shows to the server, as that one's tenant.
    """
    sent = request.headers.getlist(AUTHORIZATION) or [""]
    metadata = [(AUTHORIZATION, value if is_sendable(value) else "") for value in sent]
    if (given := request.headers.get(REQUEST_ID_HEADER)) and is_sendable(given):
        metadata.append((REQUEST_ID_HEADER, given))
    return metadata


def _headers(error: grpc.aio.AioRpcError) -> dict[str, str]:
    """Return the headers that say what to do about a refusal: when to try again, in whole seconds, or with what."""
    if error.code() is grpc.StatusCode.UNAUTHENTICATED:
        return {"WWW-Authenticate": "Bearer"}
    after = [int(value) for name, value in error.trailing_metadata() or () if name == RETRY_AFTER]
    return {"Retry-After": str(math.ceil(max(after) / 1000))} if after else {}


def _fields(error: grpc.aio.AioRpcError) -> list[str]:
    """Return the fields that the refusal's details name."""
    named = []
    for name, value in error.trailing_metadata() or ():
        if name == DETAILS and isinstance(value, bytes):
            named += fields_of(value)
    return named


def _path(location: tuple[int | str, ...]) -> str:
    """Return the place in the body as the services name it: `events[3].user_id`."""
    path = ""
    for part in location[1:]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "body"
