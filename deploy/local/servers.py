"""From settings to the servers of a stack."""

from __future__ import annotations

from pathlib import Path

from deploy.local.disk import require_space
from deploy.local.kafka import Kafka
from deploy.local.milvus import Milvus
from deploy.local.ports import free_ports
from deploy.local.progress import Progress
from deploy.local.registry import Registry
from deploy.local.server import Server
from deploy.local.settings import FREE_PORT, Service, StackSettings

PORT_FIELDS = ("kafka_port", "controller_port", "registry_port", "milvus_port")


def with_ports(settings: StackSettings) -> StackSettings:
    """Return the settings with a free port in the place of each 0."""
    open_fields = [name for name in PORT_FIELDS if getattr(settings, name) == FREE_PORT]
    return settings.model_copy(update=dict(zip(open_fields, free_ports(len(open_fields)), strict=True)))


def build_servers(settings: StackSettings, home: Path, progress: Progress) -> dict[Service, Server]:
    """Return the servers that the settings ask for, with their files in place. Blocks while they download.

    Args:
        settings: with ports chosen (`with_ports`).
        home: absolute path of the folder for data, configuration and logs.
        progress: told of each download.

    Raises:
        ArtifactError: a file could not be fetched.
        DiskFullError: too little room in `home` or in the cache.
    """
    cache = settings.cache.expanduser()
    for folder in (home, cache):
        require_space(folder, settings.min_free_mb)
    servers: dict[Service, Server] = {}
    if Service.KAFKA in settings.services:
        # jgo brings half a second of imports, which commands that start nothing need not pay.
        from deploy.local.artifacts import Artifacts

        with Artifacts(cache, progress, settings.maven_url) as artifacts:
            classpath = artifacts.kafka_classpath()
            registry = artifacts.registry_home() if Service.REGISTRY in settings.services else None
        kafka = Kafka(
            classpath=classpath,
            home=home,
            port=settings.kafka_port,
            controller_port=settings.controller_port,
            heap_mb=settings.kafka_heap_mb,
            archives=cache,
        )
        servers[Service.KAFKA] = kafka
        if registry:
            servers[Service.REGISTRY] = Registry(
                folder=registry,
                port=settings.registry_port,
                bootstrap_servers=kafka.address,
                heap_mb=settings.registry_heap_mb,
                archives=cache,
            )
    if Service.MILVUS in settings.services:
        servers[Service.MILVUS] = Milvus(home=home, port=settings.milvus_port)
    return servers
