"""Does a server answer its clients? Asked of an address, so that any process may ask."""

from __future__ import annotations

import asyncio
import http.client
import logging
from http import HTTPStatus
from urllib.parse import urlsplit

import grpc
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local.settings import Service

TIMEOUT_S = 2
SILENT = logging.getLogger("deploy.local.probes.kafka")  # librdkafka calls every refused connection an error
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


async def answers(service: Service, address: str) -> bool:
    """Tell whether the service serves clients at the address now; returns within about two seconds.

    Args:
        service: what to expect there.
        address: bootstrap servers, base URL or URI, as clients use it.
    """
    match service:
        case Service.KAFKA:
            return await asyncio.to_thread(_kafka_answers, address)
        case Service.REGISTRY:
            return await asyncio.to_thread(_registry_answers, address)
        case Service.MILVUS:
            return await _milvus_answers(address)


def _kafka_answers(bootstrap_servers: str) -> bool:
    """Ask for metadata, which a broker serves once the controller has let it in."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers}, logger=SILENT)
    try:
        return bool(admin.list_topics(timeout=TIMEOUT_S).brokers)
    except KafkaException:
        return False


def _registry_answers(url: str) -> bool:
    """Ask for the subjects, which the registry lists once it has read its journal."""
    base = urlsplit(url)
    connection = http.client.HTTPConnection(base.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", f"{base.path}/subjects")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def _milvus_answers(uri: str) -> bool:
    """Open a gRPC connection, which Milvus Lite accepts once its files are open."""
    async with grpc.aio.insecure_channel(urlsplit(uri).netloc) as channel:
        try:
            await asyncio.wait_for(channel.channel_ready(), TIMEOUT_S)
        except TimeoutError:
            return False
    return True
