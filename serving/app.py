"""The serving process: everything built from settings, started and stopped in order."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.behavior.service import BehaviorService
from serving.bff.pipeline import Pipeline
from serving.bff.recorded import Latest, RecordedDecisions
from serving.bff.recorder import Recorder
from serving.bff.service import RecommendService
from serving.bff.stages import record_stage, stages
from serving.config_file import ServingConfig
from serving.errors import ViewError
from serving.generations.edition import Edition
from serving.generations.switch import Switch
from serving.generations.watch import Watch
from serving.metrics import Metrics
from serving.models.following import Following
from serving.models.following import Watch as ReleaseWatch
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from serving.recall.channels import make_channels
from serving.recall.settings import RecallSettings
from serving.server import Server
from serving.settings import ServingSettings
from serving.user.service import UserService
from serving.views.settings import ViewsSettings
from serving.views.world import World
from topics.catalog import DECISIONS, GENERATIONS, MODEL_RELEASES, REFRESHED
from topics.changelogs import CHANGELOGS
from topics.events import AsyncEventProducer
from topics.generation import Generation
from topics.generations import Generations
from topics.moments import now_ms
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.releases import Releases
from topics.routes import SUBJECTS
from topics.settings import KafkaSettings
from topics.vector_store import MilvusSettings
from training.artifact.store import ModelSettings, ModelStore

if TYPE_CHECKING:
    from serving.recall.vector_index import VectorIndex

_LOG = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2

_MODELS_S = 30.0


async def serve(
    config: ServingConfig,
    settings: ServingSettings,
    views: ViewsSettings,
    recall: RecallSettings,
    kafka: KafkaSettings,
    registry: RegistrySettings,
    models: ModelSettings,
    milvus: MilvusSettings,
) -> None:
    """Serve until SIGTERM or SIGINT, then let the calls under way finish.

    Raises PortTakenError, UnregisteredSchemaError or RegistryUnavailableError at start, and
    ViewError later, if the views can no longer be followed: the process is then to be started again.
    """
    told = _stop_signal()
    with Registry(registry) as client:
        known = (*CHANGELOGS, GENERATIONS, MODEL_RELEASES, DECISIONS, REFRESHED)
        subjects = SUBJECTS | {topic.subject: topic.record for topic in known}
        codecs = await asyncio.to_thread(load_codecs, client, subjects)
        reader, metrics, shelf = LogReader(kafka), Metrics(), Shelf()
        latest = Latest()
        recorder = Recorder(LogProducer(kafka), codecs.of(DECISIONS), metrics, latest)
        recorded = RecordedDecisions(latest, reader, codecs.of(DECISIONS))

        def edition(index: "VectorIndex | None", generation: Generation) -> Edition:
            world = World.over(views, reader, codecs, generation)
            channels, rankers = make_channels(world.views, shelf, recall, index), make_rankers(shelf)
            last = record_stage(recorder, now_ms)
            made = stages(world, config, channels, rankers, metrics, [last])
            return Edition(generation, world, Pipeline(made, metrics))

        watch = Watch(reader, Generations(reader, codecs), views.retry_s)
        released = ReleaseWatch(reader, Releases(reader, codecs), views.retry_s)
        # Models first: a process that is ready answers with them from its first request on.
        async with (
            recording(recorder),
            following(Following(shelf, released, ModelStore(models.folder), metrics)),
            AsyncEventProducer(kafka, codecs) as producer,
            vector_index(milvus) as index,
            Switch(partial(edition, index), watch, metrics) as switch,
        ):
            servicers = {
                "user": UserService(switch, producer, codecs, now_ms),
                "behavior": BehaviorService(producer, codecs, metrics, now_ms),
                "recommend": RecommendService(switch, now_ms, recorded),
            }
            async with Server(settings, switch, servicers, metrics):
                await _until(told, switch)
                _LOG.info("stopping: calls under way have %g s", settings.drain_s)


@contextlib.asynccontextmanager
async def vector_index(settings: MilvusSettings) -> "AsyncIterator[VectorIndex | None]":
    """Hold the index of vectors open, if one is configured."""
    if settings.uri is None:
        yield None
        return
    from serving.recall.vector_index import MilvusIndex  # pymilvus takes seconds and 100 MB

    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs with a traceback what the channel tells of
    index = MilvusIndex(settings)
    try:
        yield index
    finally:
        await index.close()


@contextlib.asynccontextmanager
async def recording(recorder: Recorder) -> AsyncIterator[Recorder]:
    """Record what is served in the block; at its end wait until the log has it."""
    recorder.__enter__()
    try:
        yield recorder
    finally:
        await asyncio.to_thread(recorder.__exit__)


@contextlib.asynccontextmanager
async def following(models: Following) -> AsyncIterator[Following]:
    """Follow the releases; begin the block when what is released now was loaded, or after MODELS_S at most."""
    with models:
        if not await asyncio.to_thread(models.settled, _MODELS_S):
            _LOG.warning(
                "released models were not loaded within %g s; lists are made without them until then", _MODELS_S
            )
        yield models


def _stop_signal() -> asyncio.Event:
    """Return the event that SIGTERM and SIGINT set from now on."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


async def _until(told: asyncio.Event, switch: Switch) -> None:
    """Return when told to stop; raise ViewError when the views are no longer followed."""
    while not told.is_set():
        if switch.failure is not None:
            raise ViewError(f"the views cannot be followed any more: {switch.failure}") from switch.failure
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await told.wait()
