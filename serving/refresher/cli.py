"""`tideline refresh`."""

import asyncio
import signal
from contextlib import closing
from typing import Annotated

import typer
import uvloop
from prometheus_client import start_http_server

from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.api.recommender.v1 import recommendation_pb2_grpc
from serving.credentials import ClientSettings, aio_channel_to
from serving.errors import InvalidConfigError
from serving.options import given
from serving.refresher.client import Recommender
from serving.refresher.keys import load_keys
from serving.refresher.refresher import Refresher
from serving.refresher.settings import RefresherSettings
from serving.refresher.source import GroupSource
from serving.refresher.triggers import Telling
from topics.catalog import BEHAVIOR, REFRESHED
from topics.offsets import LogOffsets
from topics.producer import LogProducer
from topics.rows import RowDecoder
from topics.settings import KafkaSettings


def refresh(
    target: Annotated[str | None, typer.Option(help="The recommender, 127.0.0.1:8087 by default.")] = None,
    count: Annotated[int | None, typer.Option(min=1, max=500, help="Length of the lists, 100 by default.")] = None,
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of /metrics on loopback; 0: none.")] = 0,
) -> None:
    """Make lists ahead: react to what users do, ask the recommender, and write recommendation.refreshed.v1.

    It answers from them where the scenario says so: `refreshed = { max_age_s = 3600 }`. Everything else is set by
    TIDELINE_REFRESHER_*, TIDELINE_CLIENT_*, TIDELINE_KAFKA_* and TIDELINE_REGISTRY_*. Several share the work.
    SIGTERM and Ctrl-C let lists under way be made; a restart goes on after what was committed.
    """
    settings = RefresherSettings(**given(target=target, count=count))
    if ":" not in settings.target:
        raise InvalidConfigError("target", f"must be host:port, not {settings.target!r}")
    if metrics_port:
        start_http_server(metrics_port, "127.0.0.1")
    uvloop.run(_run(settings, KafkaSettings(), RegistrySettings()))


async def _run(settings: RefresherSettings, kafka: KafkaSettings, registry: RegistrySettings) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    subjects = {topic.subject: topic.record for topic in (BEHAVIOR, REFRESHED)}
    with Registry(registry) as client, LogProducer(kafka) as producer:
        codecs = await asyncio.to_thread(load_codecs, client, subjects)
        partitions = await asyncio.to_thread(LogOffsets(kafka).partitions, REFRESHED.name)
        async with aio_channel_to(settings.target, ClientSettings()) as channel:
            recommender = Recommender(
                recommendation_pb2_grpc.RecommendServiceStub(channel),
                asyncio.Semaphore(settings.concurrent),
                settings.timeout_s,
                settings.patience_s,
                load_keys(settings.keys),
            )
            with closing(GroupSource(kafka, settings.group)) as source:
                await Refresher(
                    source=source,
                    decoder=RowDecoder(codecs.of(BEHAVIOR), codecs.fetch),
                    telling=Telling(settings.actions, settings.every, settings.session_gap_s, settings.sessions),
                    scenarios=sorted(settings.scenarios),
                    recommender=recommender,
                    producer=producer,
                    codec=codecs.of(REFRESHED),
                    partitions=len(partitions),
                    count=settings.count,
                    coalesce_s=settings.coalesce_s,
                    waiting=settings.waiting,
                    drain_s=settings.drain_s,
                ).run(stop)
