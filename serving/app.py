"""The serving process: everything built from settings, started and stopped in order."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.admin.configuration import ConfigAdmin
from serving.admin.service import AdminService
from serving.admin.tenants import TenantAdmin
from serving.admission import Admission
from serving.at_least.progress import Progress
from serving.at_least.waiting import AtLeast
from serving.behavior.service import BehaviorService
from serving.bff.admitted import Admitted
from serving.bff.answer import Answers
from serving.bff.lines import Lines
from serving.bff.paging import PageTokens
from serving.bff.recorded import Latest, RecordedDecisions
from serving.bff.recorder import Recorder
from serving.bff.service import RecommendService
from serving.bff.stages import Step, record_stage, stages
from serving.blocking import Blocking
from serving.config_file import ServingConfig
from serving.configuration.following import ConfigFollowing
from serving.configuration.live import LiveConfig
from serving.credentials import ClientSettings
from serving.errors import NotReadyError, ViewError
from serving.features.service import FeatureService
from serving.following import Following
from serving.generations.edition import Edition
from serving.generations.switch import Switch
from serving.generations.watch import Watch
from serving.helper import Helper
from serving.interpreter import calm_collector
from serving.item.service import ItemService
from serving.jobs.desk import JobDesk
from serving.metrics import Metrics
from serving.models.following import ModelFollowing
from serving.models.following import Watch as ReleaseWatch
from serving.models.service import ModelService
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from serving.ranking.service import RankingService
from serving.recall.channels import make_channels
from serving.recall.service import RecallService
from serving.recall.settings import RecallSettings
from serving.remote.calls import calls
from serving.reranking.service import RerankingService
from serving.roles import Roles
from serving.security.following import TenantFollowing
from serving.security.guard import Guard, SecuritySettings
from serving.security.keyring import Keyring
from serving.server import Server
from serving.settings import ServingSettings
from serving.user.service import UserService
from serving.vectors.service import VectorService
from serving.views.settings import ViewsSettings
from serving.views.world import World
from topics.catalog import CONFIG_CHANGES, DECISIONS, GENERATIONS, JOBS, MODEL_RELEASES, REFRESHED, TENANT_CHANGES
from topics.changelogs import CHANGELOGS
from topics.configs import Configs
from topics.events import AsyncEventProducer
from topics.generation import Generation
from topics.generations import Generations
from topics.jobs.log import JobReader
from topics.moments import now_ms
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.releases import Releases
from topics.routes import SUBJECTS
from topics.settings import KafkaSettings
from topics.tenants import Tenants
from topics.vector_store import MilvusSettings
from training.artifact.store import ModelSettings, ModelStore

if TYPE_CHECKING:
    from serving.recall.vector_index import VectorIndex

_LOG = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2

_RECORDS_MS = 100
"""How long a decision's record waits for others: sent alone it costs a twentieth of an answer, and the broker as much.
Until it is in the log it is explained from memory."""

_MODELS_S = 30.0
_KEYS_S = 10.0
_NO_MODELS = "released models were not loaded in time; lists are made without them until they are"
_NO_KEYS = "the tenants' keys were not read in time; calls are refused until they are"


async def serve(
    roles: Roles,
    config: ServingConfig,
    settings: ServingSettings,
    views: ViewsSettings,
    recall: RecallSettings,
    kafka: KafkaSettings,
    registry: RegistrySettings,
    models: ModelSettings,
    milvus: MilvusSettings,
    security: SecuritySettings,
) -> None:
    """Run the services of these roles until SIGTERM or SIGINT, then let the calls under way finish.

    Raises PortTakenError, UnregisteredSchemaError or RegistryUnavailableError at start, and
    ViewError later, if the views can no longer be followed: the process is then to be started again.
    """
    told = _stop_signal()
    calm_collector()
    with Registry(registry) as client, Blocking() as blocking, Helper(idle=not recall.helper) as helper:
        others = (GENERATIONS, MODEL_RELEASES, CONFIG_CHANGES, DECISIONS, TENANT_CHANGES, JOBS, REFRESHED)
        subjects = SUBJECTS | {topic.subject: topic.record for topic in (*CHANGELOGS, *others)}
        codecs = await asyncio.to_thread(load_codecs, client, subjects)
        reader, metrics, shelf = LogReader(kafka), Metrics(), Shelf()
        live = LiveConfig(config)
        keyring, tenants = Keyring(), Tenants(reader, codecs)
        answers = Answers(PageTokens(settings.page_key.get_secret_value().encode()))
        recorder = Recorder(LogProducer(kafka, linger_ms=_RECORDS_MS), codecs.of(DECISIONS), metrics, Latest())
        recorded = RecordedDecisions(recorder, reader, codecs.of(DECISIONS))

        def edition(index: "VectorIndex | None", elsewhere: Mapping[str, Step], generation: Generation) -> Edition:
            world = World.over(views, reader, codecs, generation)
            channels, rankers = make_channels(world.views, shelf, recall, index, helper), make_rankers(shelf)
            last = record_stage(recorder, now_ms)
            made = stages(world, live, channels, rankers, metrics, [last])
            return Edition(generation, world, Lines.of(made, metrics, elsewhere))

        watch = Watch(reader, Generations(reader, codecs), views.retry_s)
        releases, store = Releases(reader, codecs), ModelStore(models.folder)
        released = ReleaseWatch(reader, releases, views.retry_s)
        changes = ConfigFollowing(live, reader, Configs(reader, codecs), metrics, views.retry_s)
        # Models and configuration first: a process that is ready answers with them from its first request on.
        async with (
            recorder,
            configured(changes),
            followed(TenantFollowing(keyring, reader, tenants, views.retry_s), _KEYS_S, _NO_KEYS)
            if security.auth.enabled
            else contextlib.nullcontext(),
            followed(ModelFollowing(shelf, released, store, metrics), _MODELS_S, _NO_MODELS),
            AsyncEventProducer(kafka, codecs) as producer,
            vector_index(milvus) as index,
            calls(roles.elsewhere, ClientSettings()) as elsewhere,
            Switch(partial(edition, index, elsewhere), watch, metrics) as switch,
        ):
            loop = asyncio.get_running_loop()
            admission = Admission(settings.computing_calls, settings.waiting_calls, loop.time)
            lists = Admitted(switch, admission, metrics)
            at_least = AtLeast(switch, partial(Progress, reader.offsets, settings.worker_group), now_ms)
            desk = JobDesk(JobReader(reader, codecs), producer, blocking)
            servicers = {
                "recall": RecallService(lists, now_ms),
                "ranking": RankingService(lists, now_ms),
                "reranking": RerankingService(lists, now_ms),
                "user": UserService(switch, at_least, producer, codecs, now_ms),
                "item": ItemService(switch, at_least, producer, codecs, now_ms),
                "behavior": BehaviorService(switch, at_least, producer, codecs, metrics, now_ms),
                "recommend": RecommendService(lists, now_ms, at_least, recorded, answers),
                "model": ModelService(desk, releases, store, shelf, producer, blocking, now_ms),
                "feature": FeatureService(switch, shelf, desk, now_ms),
                "vector": VectorService(switch, shelf, index, desk),
                "admin": AdminService(
                    ConfigAdmin(changes, producer, codecs, now_ms), TenantAdmin(tenants, producer, keyring, now_ms)
                ),
            }
            own = {name: servicers[name] for name in roles.names}
            async with Server(settings, switch, own, metrics, roles.ports, Guard.of(security, keyring)):
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
async def followed(following: Following, within_s: float, late: str) -> AsyncIterator[None]:
    """Follow; begin the block when all that was there at start is known, or with a warning after `within_s`."""
    with following:
        if not await asyncio.to_thread(following.settled, within_s):
            _LOG.warning("%s (%g s)", late, within_s)
        yield


@contextlib.asynccontextmanager
async def configured(changes: ConfigFollowing) -> AsyncIterator[ConfigFollowing]:
    """Follow what operators change; begin the block when what they changed before is in force.

    Raises NotReadyError if that cannot be read: to answer by an older configuration could show what must not be shown.
    """
    with changes:
        if not await asyncio.to_thread(changes.settled, _MODELS_S):
            raise NotReadyError(f"the configuration could not be read within {_MODELS_S:g} s; start again")
        yield changes


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
