"""A server over a world in memory, and what calls it: real gRPC on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from unittest.mock import create_autospec

import grpc
from prometheus_client import CollectorRegistry

from schemas.decision_records import Decision
from schemas.loading import local_codecs
from schemas.records import BehaviorEvent, ItemChange, UserChange
from serving.admission import Admission
from serving.api.recommender.v1 import (
    behavior_pb2_grpc,
    item_pb2_grpc,
    ranking_pb2_grpc,
    recall_pb2_grpc,
    recommendation_pb2_grpc,
    reranking_pb2_grpc,
    user_pb2_grpc,
)
from serving.api.recommender.v1.status_pb2 import BadRequest, Status
from serving.at_least.progress import Progress
from serving.at_least.waiting import AtLeast
from serving.behavior.service import BehaviorService
from serving.bff.admitted import Admitted
from serving.bff.lines import Lines
from serving.bff.service import RecommendService
from serving.bff.stages import Step, stages
from serving.config import CHANNELS, ScenarioConfig
from serving.config_file import ServingConfig
from serving.item.service import ItemService
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from serving.ranking.service import RankingService
from serving.recall.service import RecallService
from serving.reranking.service import RerankingService
from serving.security.guard import Guard
from serving.server import Server
from serving.settings import ServingSettings
from serving.user.service import UserService
from tests.serving.fakes import NOW, FakeChannel, FixedChannel, FixedWorld, as_channel
from tests.serving.tenant_log import TenantLog
from topics.catalog import BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.errors import BrokerUnavailableError
from topics.headers import Origin
from topics.offsets import LogOffsets
from topics.routes import SUBJECTS, Parcel

CODECS: Final = local_codecs(SUBJECTS)


@dataclass
class MemoryProducer:
    """Keeps what is sent; raises `error` where there is one, and waits while it is `held`."""

    sent: list[BehaviorEvent] = field(default_factory=list)
    changes: list[UserChange] = field(default_factory=list)
    items: list[ItemChange] = field(default_factory=list)
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
        if parcel.topic == ITEM_CHANGE.name:
            self.items.append(CODECS.of(ITEM_CHANGE).decode(parcel.value))
            return Origin(parcel.topic, 3, len(self.items) - 1)
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
        self.item = item_pb2_grpc.ItemServiceStub(self.channel)
        self.user = user_pb2_grpc.UserServiceStub(self.channel)
        self.recall = recall_pb2_grpc.RecallServiceStub(self.channel)
        self.ranking = ranking_pb2_grpc.RankingServiceStub(self.channel)
        self.reranking = reranking_pb2_grpc.RerankingServiceStub(self.channel)


def at_least_over(world: FixedWorld, offsets: LogOffsets | None = None) -> AtLeast:
    """Return what waits for a state at NOW; without `offsets` nobody knows how far workers are."""
    away = create_autospec(LogOffsets, instance=True)
    away.lag.side_effect = BrokerUnavailableError("away")
    progress = partial(Progress, offsets or away, "tideline", every_s=0.001)
    return AtLeast(world, progress, clock=lambda: NOW, grace_s=0.001)


@asynccontextmanager
async def served(
    world: FixedWorld,
    channels: Mapping[str, FakeChannel] | None = None,
    producer: MemoryProducer | None = None,
    settings: ServingSettings | None = None,
    guard: Guard | None = None,
    tenants: TenantLog | None = None,
    offsets: LogOffsets | None = None,
    shelf: Shelf | None = None,
    config: ScenarioConfig | None = None,
    elsewhere: Mapping[str, Step] | None = None,
    ports: Sequence[int] = (),
    recorded: MemoryDecisions | None = None,
    patience: int = 1,
) -> AsyncIterator[Served]:
    """Serve the world; the clock stands at NOW. What is `elsewhere` is asked of other servers.

    Stages have `patience` times their budgets, for tests of what a busy machine shall not cut off.

    How far workers are stands in `offsets`; nobody knows by default.
    """
    metrics = Metrics(CollectorRegistry())
    fakes: dict[str, FakeChannel] = {name: FixedChannel(name, []) for name in CHANNELS}
    every = {name: as_channel(fake) for name, fake in (fakes | dict(channels or {})).items()}
    configured = ServingConfig(config or ScenarioConfig())
    settings = settings or ServingSettings(port=0)
    whole = stages(world, configured, every, make_rankers(shelf or Shelf()), metrics)
    patient = [replace(stage, budget_ms=stage.budget_ms * patience) for stage in whole]
    lines = Lines.of(patient, metrics, elsewhere)
    loop = asyncio.get_running_loop()
    admission = Admission(settings.computing_calls, settings.waiting_calls, loop.time)
    pipeline = Admitted(lines, admission, metrics)
    writer = producer or MemoryProducer()
    at_least = at_least_over(world, offsets)
    recommend = RecommendService(pipeline, lambda: NOW, at_least, recorded or MemoryDecisions())
    behavior = BehaviorService(world, at_least, writer, CODECS, metrics, clock=lambda: NOW)
    users = UserService(world, at_least, writer, CODECS, clock=lambda: NOW)
    items = ItemService(world, at_least, writer, CODECS, clock=lambda: NOW)
    server = Server(
        settings,
        world,
        {
            "recommend": recommend,
            "behavior": behavior,
            "user": users,
            "item": items,
            "admin": (tenants or TenantLog()).admin(),
            "recall": RecallService(pipeline, clock=lambda: NOW),
            "ranking": RankingService(pipeline, clock=lambda: NOW),
            "reranking": RerankingService(pipeline, clock=lambda: NOW),
        },
        metrics,
        ports,
        guard,
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
