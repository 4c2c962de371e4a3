"""The same stack in containers of a Docker engine, through testcontainers."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from docker.errors import DockerException
from testcontainers.community.kafka import KafkaContainer
from testcontainers.community.milvus import MilvusContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import HttpWaitStrategy

from deploy.errors import ContainersUnavailableError, ServiceUnknownError
from deploy.local.artifacts import REGISTRY
from deploy.local.registry import API
from deploy.local.settings import Service, StackSettings

REGISTRY_IMAGE = f"apicurio/apicurio-registry:{REGISTRY[-1]}"
REGISTRY_PORT = 8080
KAFKA_ALIAS = "kafka"
KAFKA_INSIDE = f"{KAFKA_ALIAS}:9092"
KAFKA_ENVIRONMENT = {
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_LOG_RETENTION_MS": "-1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
}
REGISTRY_ENVIRONMENT = {
    "APICURIO_STORAGE_KIND": "kafkasql",
    "APICURIO_KAFKASQL_BOOTSTRAP_SERVERS": KAFKA_INSIDE,
}


class ContainerStack:
    """Kafka, Apicurio Registry and Milvus in containers, removed when the context closes.

    Of the settings it heeds `services` only: ports and folders are the engine's affair.
    """

    def __init__(self, settings: StackSettings) -> None:
        self._services = settings.services
        self._running = ExitStack()
        self._addresses: dict[Service, str] = {}

    async def __aenter__(self) -> Self:
        """Pull the images, start the containers and return when they answer.

        Raises:
            ContainersUnavailableError: no Docker engine answers.
        """
        try:
            await asyncio.to_thread(self._start)
        except BaseException:
            await asyncio.to_thread(self._running.close)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and remove the containers."""
        await asyncio.to_thread(self._running.close)

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's bootstrap servers, as seen from this machine."""
        return self._address(Service.KAFKA)

    @property
    def registry_url(self) -> str:
        """Base URL of the registry's Confluent-compatible API, version 7."""
        return self._address(Service.REGISTRY)

    @property
    def milvus_uri(self) -> str:
        """URI for pymilvus."""
        return self._address(Service.MILVUS)

    def _start(self) -> None:
        try:
            self._running.callback(DockerClient().client.close)
        except DockerException as error:
            raise ContainersUnavailableError(
                f"TIDELINE_STACK=testcontainers needs a Docker engine, and none answers ({error}); "
                "start one, or unset it to run the servers as child processes"
            ) from error
        network = self._running.enter_context(Network())
        if Service.KAFKA in self._services:
            kafka = KafkaContainer(env=KAFKA_ENVIRONMENT).with_kraft()
            kafka.with_network(network).with_network_aliases(KAFKA_ALIAS)
            self._addresses[Service.KAFKA] = self._running.enter_context(kafka).get_bootstrap_server()
        if Service.REGISTRY in self._services:
            registry = DockerContainer(REGISTRY_IMAGE, env=REGISTRY_ENVIRONMENT, ports=[REGISTRY_PORT])
            registry.with_network(network).waiting_for(HttpWaitStrategy(REGISTRY_PORT, f"{API}/subjects"))
            self._addresses[Service.REGISTRY] = _url(self._running.enter_context(registry), REGISTRY_PORT) + API
        if Service.MILVUS in self._services:
            milvus = self._running.enter_context(MilvusContainer())
            self._addresses[Service.MILVUS] = milvus.get_connection_url()

    def _address(self, service: Service) -> str:
        try:
            return self._addresses[service]
        except KeyError:
            raise ServiceUnknownError(f"this stack does not run {service}") from None


def _url(container: Any, port: int) -> str:
    return f"http://{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
