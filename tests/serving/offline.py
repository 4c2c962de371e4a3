"""A server of the services around training, over a log in memory: what one call writes, the next reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc
from confluent_kafka import Message
from prometheus_client import CollectorRegistry

from schemas.loading import local_codecs
from schemas.model_records import JobEvent, JobStatus, ModelRelease
from serving.api.recommender.v1 import feature_pb2_grpc, model_pb2_grpc, vector_pb2_grpc
from serving.blocking import Blocking
from serving.features.service import FeatureService
from serving.jobs.desk import JobDesk
from serving.metrics import Metrics
from serving.models.service import ModelService
from serving.models.shelf import Shelf
from serving.server import Server
from serving.settings import ServingSettings
from serving.vectors.service import VectorService
from tests.serving.fakes import NOW, FixedWorld, catalogue_of
from tests.topics.logbook import message, reader_over
from topics.catalog import JOBS, MODEL_RELEASES
from topics.headers import Origin
from topics.jobs.log import SUBJECTS as JOB_SUBJECTS
from topics.jobs.log import JobReader, job_event
from topics.offsets import Partition
from topics.releases import SUBJECTS as RELEASE_SUBJECTS
from topics.releases import Releases
from topics.routes import Parcel
from training.artifact.store import ModelStore

if TYPE_CHECKING:
    from serving.recall.vector_index import VectorIndex

CODECS: Final = local_codecs({**JOB_SUBJECTS, **RELEASE_SUBJECTS})


@dataclass
class MemoryLog:
    """Keeps what is delivered, of each topic in one partition; raises `error` instead where there is one."""

    records: dict[Partition, list[Message]] = field(default_factory=dict)
    error: Exception | None = None

    async def deliver(self, parcel: Parcel) -> Origin:
        if self.error is not None:
            raise self.error
        return self.write(parcel)

    def write(self, parcel: Parcel) -> Origin:
        """Append the record; its time is its offset."""
        at = Partition(parcel.topic, 0)
        kept = self.records.setdefault(at, [])
        kept.append(message(at, len(kept), parcel.key, parcel.value, timestamp=len(kept)))
        return Origin(parcel.topic, 0, len(kept) - 1)

    @property
    def events(self) -> list[JobEvent]:
        """All events of jobs."""
        codec = CODECS.codec_for(JOBS.subject, JobEvent)
        return [codec.decode(record.value() or b"") for record in self.records.get(Partition(JOBS.name, 0), ())]

    @property
    def released(self) -> list[ModelRelease]:
        """All releases."""
        codec = CODECS.codec_for(MODEL_RELEASES.subject, ModelRelease)
        records = self.records.get(Partition(MODEL_RELEASES.name, 0), ())
        return [codec.decode(record.value() or b"") for record in records]


@dataclass
class Offline:
    """A running server, and what its calls leave behind."""

    channel: grpc.aio.Channel
    log: MemoryLog
    releases: Releases
    jobs: JobReader
    store: ModelStore
    shelf: Shelf

    def __post_init__(self) -> None:
        self.model: Any = model_pb2_grpc.ModelServiceStub(self.channel)
        self.feature: Any = feature_pb2_grpc.FeatureServiceStub(self.channel)
        self.vector: Any = vector_pb2_grpc.VectorServiceStub(self.channel)

    def said(self, tenant: str, job_id: str, status: JobStatus, **told: Any) -> None:
        """Write what a worker says of a job."""
        self.log.write(self.jobs.parcel(job_event(tenant, job_id, status, **told)))


@asynccontextmanager
async def offline(
    folder: Path,
    world: FixedWorld | None = None,
    shelf: Shelf | None = None,
    index: VectorIndex | None = None,
    error: Exception | None = None,
) -> AsyncIterator[Offline]:
    """Serve over the world and the models; the store lies in the folder, and the clock stands at NOW."""
    log, store, models = MemoryLog(error=error), ModelStore(folder), shelf or Shelf()
    reader = reader_over(log.records)
    releases, jobs = Releases(reader, CODECS), JobReader(reader, CODECS)
    metrics, state = Metrics(CollectorRegistry()), world or FixedWorld(catalogue_of([True] * 3))
    with Blocking() as blocking:
        desk = JobDesk(jobs, log, blocking)
        servicers = {
            "model": ModelService(desk, releases, store, models, log, blocking, lambda: NOW),
            "feature": FeatureService(state, models, desk, lambda: NOW),
            "vector": VectorService(state, models, index, desk),
        }
        server = Server(ServingSettings(port=0), state, servicers, metrics)
        async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Offline(channel, log, releases, jobs, store, models)
