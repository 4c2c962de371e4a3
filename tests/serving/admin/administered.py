"""A server with AdminService over a log in memory that is followed at once, and what calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc

from schemas.config_records import ConfigChange
from serving.admin.configuration import ConfigAdmin
from serving.api.recommender.v1 import admin_pb2 as pb
from serving.api.recommender.v1 import admin_pb2_grpc, recommendation_pb2, recommendation_pb2_grpc
from serving.bff.pipeline import Pipeline
from serving.bff.service import RecommendService
from serving.bff.stages import stages
from serving.config import CHANNELS
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from serving.server import Server
from serving.settings import ServingSettings
from tests.serving.configuration.histories import TENANT
from tests.serving.configuration.rig import AT, CODECS, Rig
from tests.serving.fakes import NOW, FixedChannel, FixedWorld, as_channel, catalogue_of
from tests.serving.serving import MemoryDecisions, at_least_over
from topics.catalog import CONFIG_CHANGES
from topics.configs import parcel
from topics.headers import Origin
from topics.reader import Batch
from topics.routes import Parcel


@dataclass
class LogProducer:
    """Writes to the rig's log, which is followed at once; `rivals` write before it does."""

    rig: Rig
    rivals: list[ConfigChange] = field(default_factory=list)
    error: Exception | None = None

    async def deliver(self, written: Parcel) -> Origin:
        if self.error is not None:
            raise self.error
        records = self.rig.records[AT]
        before = [parcel(self.rivals.pop(0), CODECS)] if self.rivals else []
        added = [self.rig.add(each.key, each.value) for each in (*before, written)]
        self.rig.following.take(Batch(AT, added, len(records)))
        return Origin(AT.topic, AT.number, len(records) - 1)


@dataclass
class Running:
    """A server, what calls it, and its log."""

    rig: Rig
    producer: LogProducer
    admin: admin_pb2_grpc.AdminServiceStub
    recommend: recommendation_pb2_grpc.RecommendServiceStub
    channel: grpc.aio.Channel
    port: int

    @property
    def written(self) -> list[ConfigChange]:
        return [CODECS.of(CONFIG_CHANGES).decode(record.value()) for record in self.rig.records[AT]]

    async def get(self, component: str, tenant: str = TENANT) -> pb.Config:
        answer: pb.Config = await self.admin.GetConfig(pb.GetConfigRequest(tenant_id=tenant, component=component))
        return answer

    async def merged(self) -> int:
        """Return how many candidates a request has after merging, which `candidates` bounds."""
        return next(stage.candidates for stage in (await self.recommended()).stages if stage.name == "merge")

    async def recommended(self) -> recommendation_pb2.RecommendResponse:
        request = recommendation_pb2.RecommendRequest(tenant_id=TENANT, user_id="u", count=9, debug=True)
        answer: recommendation_pb2.RecommendResponse = await self.recommend.Recommend(request)
        return answer


@asynccontextmanager
async def administered() -> AsyncIterator[Running]:
    rig = Rig()
    producer = LogProducer(rig)
    world = FixedWorld(catalogue_of([True] * 5))
    channels = {name: as_channel(FixedChannel(name, [0, 1, 2, 3])) for name in CHANNELS}
    made = Pipeline(stages(world, rig.live, channels, make_rankers(Shelf()), rig.metrics), rig.metrics)
    servicers = {
        "recommend": RecommendService(made, lambda: NOW, at_least_over(world), MemoryDecisions()),
        "admin": ConfigAdmin(rig.following, producer, CODECS, lambda: NOW),
    }
    server = Server(ServingSettings(port=0), world, servicers, rig.metrics)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
        yield Running(rig, producer, admin_pb2_grpc.AdminServiceStub(channel), recommend, channel, server.port)
