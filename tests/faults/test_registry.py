"""The registry is away: at start a worker says so; later it works on, and only what nobody can decode yet waits."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.demo.errors import ChildEndedError
from deploy.local.settings import Service
from schemas.catalog import avro_schema, schema_name
from schemas.codec import PREFIX
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from tests.faults.conftest import Broken, assert_exact, behavior, ended, events, send
from tests.integration.conftest import Platform, settled
from topics.catalog import BEHAVIOR, TOPICS
from topics.partitioning import partition_of
from topics.producer import LogProducer

pytestmark = pytest.mark.faults


def register_newer(registry: Registry) -> int:
    """Register behaviour's schema with one more optional field at its end; return its id."""
    schema = avro_schema(schema_name(BEHAVIOR.record))
    note = {"name": "note", "type": ["null", "string"], "default": None}
    return registry.register(BEHAVIOR.subject, {**schema, "fields": [*schema["fields"], note]})


def send_newer(platform: Platform, schema_id: int, tenant: str) -> set[int]:
    """Send one event as a newer producer writes it; return its partition."""
    event = behavior(random.Random(99), "newer", tenant)
    key = f"{tenant}/{event.user_id}".encode()
    null_note = b"\x00"
    value = PREFIX.pack(0, schema_id) + platform.codecs.of(BEHAVIOR).encode(event)[PREFIX.size :] + null_note
    with LogProducer(platform.kafka) as producer:
        producer.send(BEHAVIOR.name, key, value)
    return {partition_of(key, len(platform.offsets.partitions(BEHAVIOR.name)))}


async def waiting(platform: Platform) -> set[int]:
    """Return the partitions of behaviour that are behind once the others are done and have been for a while."""
    for _ in range(3):
        await asyncio.sleep(5)
        lags = await asyncio.to_thread(platform.offsets.lag, "tideline", [BEHAVIOR.name])
    return {place.number for place, lag in lags.items() if lag.records}


async def start_without(platform: Platform, folder: Path) -> None:
    async with platform.tideline.start("early", "worker", "--state-dir", str(folder)) as worker:
        await ended(worker)


async def test_without_a_registry(broken: Broken, tmp_path: Path) -> None:
    platform, stack = broken.platform, broken.stack
    await stack.stop(Service.REGISTRY)
    with pytest.raises(ChildEndedError, match="registry"):
        await start_without(platform, tmp_path / "worker")
    await stack.start(Service.REGISTRY)

    settings = RegistrySettings(url=stack.registry_url)
    async with platform.tideline.start("worker", "worker", "--state-dir", str(tmp_path / "worker")) as worker:
        await send(platform, events("registry", 500))
        await settled(platform)
        with Registry(settings) as registry:
            schema_id = register_newer(registry)
            knowing = load_codecs(registry, {topic.subject: topic.record for topic in TOPICS})
        await stack.stop(Service.REGISTRY)
        await send(platform, events("registry", 500, seed=8))
        await settled(platform)  # schemas that are known need no registry
        newer = send_newer(platform, schema_id, "registry")
        await send(platform, events("registry", 500, seed=9))
        assert await waiting(platform) == newer
        worker.check()
        await stack.start(Service.REGISTRY)
        await settled(platform)

    await assert_exact(replace(platform, codecs=knowing), "registry", tmp_path / "worker" / "0")
