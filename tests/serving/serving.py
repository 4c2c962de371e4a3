"""A server over a world in memory, and what calls it: real gRPC on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import grpc
from prometheus_client import CollectorRegistry

from schemas.loading import local_codecs
from schemas.records import BehaviorEvent, Decision, UserChange
from serving.api.recommender.v1 import behavior_pb2_grpc, recommendation_pb2_grpc, user_pb2_grpc
from serving.api.recommender.v1.status_pb2 import BadRequest, Status
from serving.behavior.service import BehaviorService
from serving.bff.pipeline import Pipeline
from serving.bff.service import RecommendService
from serving.bff.stages import stages
from serving.config import CHANNELS
from serving.config_file import ServingConfig
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from serving.server import Server
from serving.settings import ServingSettings
from serving.user.service import UserService
from tests.serving.fakes import NOW, FakeChannel, FixedChannel, FixedWorld, as_channel
from topics.catalog import BEHAVIOR, USER_CHANGE
from topics.headers import Origin
from topics.routes import SUBJECTS, Parcel

CODECS: Final = local_codecs(SUBJECTS)


@dataclass
class MemoryProducer:
    """Keeps what is sent; raises `error` where there is one, and waits while it is `held`."""

    sent: list[BehaviorEvent] = field(default_factory=list)
    changes: list[UserChange] = field(default_factory=list)
    error: Exception | None = None
    held: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, parcel: Parcel) -> Origin:
        if self.error is not None:
            raise self.error
        if self.held is not None:
            self.reached.set()
            await self.held.wait()
        if parcel.topic == USER_CHANGE.name:
            self.changes.append(CODECS.of(USER_CHANGE).decode(parcel.value))
            return Origin(parcel.topic, 1, len(self.changes) - 1)
        self.sent.append(CODECS.of(BEHAVIOR).decode(parcel.value))
        return Origin(parcel.topic, 2, len(self.sent) - 1)


@dataclass
class MemoryDecisions:
    """Finds what it was given; `held` ones are looked for until the deadline."""

    decisions: list[Decision] = field(default_factory=list)
    held: bool = False
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    async def find(self, tenant: str, request_id: str, user: str | None, until: float) -> Decision | None:
        self.asked.append((tenant, request_id, user))
        if self.held:
            async with asyncio.timeout_at(until):
                await asyncio.Event().wait()
        for each in self.decisions:
            if (each.tenant_id, each.request_id) == (tenant, request_id) and user in (None, each.user_id):
                return each
        return None


@dataclass
class Served:
    """A running server and its stubs."""

    server: Server
    producer: MemoryProducer
    metrics: Metrics
    channel: grpc.aio.Channel

    def __post_init__(self) -> None:
        self.recommend = recommendation_pb2_grpc.RecommendServiceStub(self.channel)
        self.behavior = behavior_pb2_grpc.BehaviorServiceStub(self.channel)
        self.user = user_pb2_grpc.UserServiceStub(self.channel)


@asynccontextmanager
async def served(
    world: FixedWorld,
    channels: Mapping[str, FakeChannel] | None = None,
    producer: MemoryProducer | None = None,
    settings: ServingSettings | None = None,
    config: ServingConfig | None = None,
    recorded: MemoryDecisions | None = None,
) -> AsyncIterator[Served]:
    """Serve the world; the clock stands at NOW."""
    metrics = Metrics(CollectorRegistry())
    fakes: dict[str, FakeChannel] = {name: FixedChannel(name, []) for name in CHANNELS}
    every = {name: as_channel(fake) for name, fake in (fakes | dict(channels or {})).items()}
    pipeline = Pipeline(stages(world, config or ServingConfig(), every, make_rankers(Shelf()), metrics), metrics)
    writer = producer or MemoryProducer()
    recommend = RecommendService(pipeline, clock=lambda: NOW, recorded=recorded or MemoryDecisions())
    behavior = BehaviorService(writer, CODECS, metrics, clock=lambda: NOW)
    users = UserService(world, writer, CODECS, clock=lambda: NOW)
    server = Server(
        settings or ServingSettings(port=0),
        world,
        {"recommend": recommend, "behavior": behavior, "user": users},
        metrics,
    )
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Served(server, writer, metrics, channel)


@dataclass(frozen=True)
class Refusal:
    """A status, its text, and the fields that are to blame."""

    code: grpc.StatusCode
    text: str
    fields: list[str]


async def refusal_of(call: grpc.aio.UnaryUnaryCall) -> Refusal:
    """Return why the call was refused; fail if it was answered."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        details = [bytes(value) for name, value in error.trailing_metadata() if name == "grpc-status-details-bin"]
        return Refusal(error.code(), error.details(), [name for one in details for name in _fields(one)])
    raise AssertionError(f"was answered: {answer}")


def _fields(details: bytes) -> list[str]:
    status = Status.FromString(details)
    assert [detail.type_url for detail in status.details] == ["type.googleapis.com/google.rpc.BadRequest"]
    return [one.field for one in BadRequest.FromString(status.details[0].value).field_violations]
