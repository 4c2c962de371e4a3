"""The embedded stack on real servers."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx
import psutil
import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from deploy.errors import ContainersUnavailableError, PortTakenError, ServiceStartError, ServiceUnknownError
from deploy.local.open import open_stack
from deploy.local.ports import HOST
from deploy.local.settings import Backend, Service, StackSettings
from deploy.local.stack import LocalStack, Stack
from tests.deploy.listening import listening

pytestmark = pytest.mark.integration

KAFKA_ONLY = frozenset({Service.KAFKA})


def topics(bootstrap_servers: str) -> set[str]:
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    return set(admin.list_topics(timeout=10).topics)


def test_the_broker_creates_no_topic_that_nobody_declared(stack: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers})
    asked = admin.list_topics("never.declared.v1", timeout=10).topics["never.declared.v1"]
    assert asked.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_a_topic_keeps_everything_unless_it_says_otherwise(stack: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers})
    admin.create_topics([NewTopic("kept.v1", 1, 1)])["kept.v1"].result(10)
    topic = ConfigResource(ResourceType.TOPIC, "kept.v1")
    assert admin.describe_configs([topic])[topic].result(10)["retention.ms"].value == "-1"


def test_the_registry_keeps_its_schemas_in_kafka(stack: Stack) -> None:
    response = httpx.post(f"{stack.registry_url}/subjects/probe-value/versions", json={"schema": '"string"'})
    assert response.status_code == httpx.codes.OK
    assert "kafkasql-journal" in topics(stack.bootstrap_servers)


async def test_data_and_port_survive_a_crash_of_the_broker() -> None:
    async with LocalStack(StackSettings.disposable(services=KAFKA_ONLY)) as stack:
        before = stack.process(Service.KAFKA)
        admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers})
        admin.create_topics([NewTopic("survivor.v1", 1, 1)])["survivor.v1"].result(10)
        await stack.restart(Service.KAFKA, hard=True)
        assert stack.process(Service.KAFKA).pid != before.pid
        assert "survivor.v1" in topics(stack.bootstrap_servers)


async def test_nothing_is_left_behind() -> None:
    async with LocalStack(StackSettings.disposable(services=frozenset({Service.MILVUS}))) as stack:
        process = stack.process(Service.MILVUS)
        folder = stack.log(Service.MILVUS).parent
        assert process.alive
        assert folder.is_dir()
    assert not process.alive
    assert not psutil.pid_exists(process.pid)
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_servers_die_with_a_killed_parent(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import asyncio
        from deploy.local.settings import Service, StackSettings
        from deploy.local.stack import LocalStack

        async def main():
            async with LocalStack(StackSettings.disposable(services=frozenset({Service.MILVUS}))) as stack:
                print(stack.process(Service.MILVUS).pid, flush=True)
                await asyncio.sleep(60)

        asyncio.run(main())
    """)
    command = [sys.executable, "-c", program]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    deadline = time.monotonic() + 10
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


async def test_a_taken_port_is_named_with_its_holder_and_starts_nothing(tmp_path: Path) -> None:
    with listening() as port:
        settings = StackSettings.disposable(home=tmp_path, services=frozenset({Service.MILVUS}), milvus_port=port)
        with pytest.raises(PortTakenError, match=rf"port {port}, wanted by milvus.*TIDELINE_STACK_MILVUS_PORT"):
            async with LocalStack(settings):
                pass
    assert not (tmp_path / "logs").exists()


async def test_a_server_that_dies_at_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "milvus").mkdir()
    (tmp_path / "data" / "milvus" / "LOCK").mkdir()  # where Milvus Lite wants to open a file
    settings = StackSettings.disposable(home=tmp_path, services=frozenset({Service.MILVUS}))
    with pytest.raises(ServiceStartError, match=r"milvus ended while it started(.|\n)*LOCK"):
        async with LocalStack(settings):
            pass


def test_a_service_that_was_not_asked_for_is_named(stack: Stack) -> None:
    with pytest.raises(ServiceUnknownError, match="milvus"):
        _ = stack.milvus_uri


async def test_containers_without_an_engine_are_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{HOST}:1")
    settings = StackSettings.disposable(backend=Backend.TESTCONTAINERS)
    with pytest.raises(ContainersUnavailableError, match="needs a Docker engine"):
        async with open_stack(settings):
            pass
