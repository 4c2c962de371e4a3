"""`tideline up` and `down` on real servers, in a folder and on ports of the test's own."""

from __future__ import annotations

from pathlib import Path

import httpx
import psutil
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.errors import PortTakenError, ServiceStartError
from deploy.local.detached import DetachedStack, State, Status
from deploy.local.progress import Silent
from deploy.local.servers import with_ports
from deploy.local.settings import Service, StackSettings
from deploy.local.state import StateFile
from tests.deploy.listening import listening

pytestmark = pytest.mark.integration

MILVUS_ONLY = frozenset({Service.MILVUS})


def stack_in(home: Path, **settings: object) -> DetachedStack:
    return DetachedStack(with_ports(StackSettings.disposable(home=home, **settings)), home, Silent())


async def states(stack: DetachedStack) -> dict[Service, State]:
    return {status.service: status.state for status in await stack.status()}


async def running(stack: DetachedStack) -> dict[Service, Status]:
    return {status.service: status for status in await stack.status() if status.state is State.READY}


async def test_topics_and_schemas_survive_down_and_up(tmp_path: Path) -> None:
    stack = stack_in(tmp_path)
    try:
        assert (await stack.up()).started == {Service.KAFKA, Service.REGISTRY}
        first = await running(stack)
        bootstrap, registry = first[Service.KAFKA].address, first[Service.REGISTRY].address
        admin = AdminClient({"bootstrap.servers": bootstrap})
        admin.create_topics([NewTopic("kept.v1", 3, 1)])["kept.v1"].result(10)
        async with httpx.AsyncClient() as client:
            registered = await client.post(f"{registry}/subjects/kept-value/versions", json={"schema": '"string"'})
        schema_id = registered.raise_for_status().json()["id"]

        assert await stack.down() == {Service.KAFKA, Service.REGISTRY}
        assert not any(psutil.pid_exists(status.pid or 0) for status in first.values())
        assert set((await states(stack)).values()) == {State.STOPPED}

        await stack.up()
        second = await running(stack)
        assert {status.address for status in second.values()} == {bootstrap, registry}
        admin = AdminClient({"bootstrap.servers": bootstrap})
        assert len(admin.list_topics(timeout=10).topics["kept.v1"].partitions) == 3
        async with httpx.AsyncClient() as client:
            kept = await client.get(f"{registry}/schemas/ids/{schema_id}")
        assert kept.raise_for_status().json()["schema"] == '"string"'
    finally:
        await stack.down()


async def test_up_again_leaves_what_runs_and_starts_what_ended(tmp_path: Path) -> None:
    stack = stack_in(tmp_path, services=MILVUS_ONLY)
    try:
        await stack.up()
        first = (await running(stack))[Service.MILVUS]
        again = await stack.up()
        assert (again.started, again.running, again.ended) == (frozenset(), MILVUS_ONLY, frozenset())
        assert (await running(stack))[Service.MILVUS].pid == first.pid

        StateFile(tmp_path).load()[Service.MILVUS].process.kill()
        while (await states(stack))[Service.MILVUS] is not State.ENDED:
            pass
        after = await stack.up()
        assert (after.started, after.running, after.ended) == (MILVUS_ONLY, frozenset(), MILVUS_ONLY)
        assert (await running(stack))[Service.MILVUS].pid != first.pid
    finally:
        assert await stack.down() == MILVUS_ONLY
    assert await stack.down() == frozenset()


async def test_a_second_service_joins_the_one_that_runs(tmp_path: Path) -> None:
    milvus = stack_in(tmp_path, services=MILVUS_ONLY)
    both = stack_in(tmp_path, services=frozenset({Service.MILVUS, Service.KAFKA}))
    try:
        await milvus.up()
        address = (await running(milvus))[Service.MILVUS].address
        joined = await both.up()
        assert joined.started == {Service.KAFKA}
        assert joined.running == MILVUS_ONLY
        assert (await running(both))[Service.MILVUS].address == address
    finally:
        assert await milvus.down() == {Service.MILVUS, Service.KAFKA}


async def test_a_taken_port_starts_nothing(tmp_path: Path) -> None:
    with listening() as port:
        stack = stack_in(tmp_path, services=MILVUS_ONLY, milvus_port=port)
        with pytest.raises(PortTakenError, match=str(port)):
            await stack.up()
    assert (await states(stack))[Service.MILVUS] is State.STOPPED


async def test_a_start_that_fails_stops_the_others_again(tmp_path: Path) -> None:
    (tmp_path / "data" / "milvus" / "LOCK").mkdir(parents=True)  # where Milvus Lite wants to open a file
    stack = stack_in(tmp_path, services=frozenset({Service.KAFKA, Service.MILVUS}))
    with pytest.raises(ServiceStartError, match="milvus ended"):
        await stack.up()
    assert set((await states(stack)).values()) == {State.STOPPED}
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if str(tmp_path) in command]
