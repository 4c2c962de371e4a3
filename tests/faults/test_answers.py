"""While clients ask: registry, worker and broker are away, one after the other. Answers go on, flagged."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import grpc
import pytest

from deploy.local.ports import free_ports
from deploy.local.settings import Service
from serving.api.recommender.v1 import behavior_pb2, behavior_pb2_grpc
from tests.faults.asking import asking, stocked
from tests.faults.conftest import Broken

pytestmark = pytest.mark.faults

TENANT: Final = "answered"
STALE_AFTER_S: Final = 3.0


@contextmanager
def standing_still(process: int) -> Iterator[None]:
    """Stop the process while the block runs."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


async def test_answers_go_on_without_registry_worker_and_broker(broken: Broken, tmp_path: Path) -> None:
    platform, stack = broken.platform, broken.stack
    config = tmp_path / "serving.toml"
    config.write_text(f"[default]\nstale_after_s = {STALE_AFTER_S}\n")
    (port,) = free_ports(1)
    told = ("serve", "--port", str(port), "--state-dir", str(tmp_path / "views"))
    async with (
        platform.tideline.start("answers-worker", "worker", "--state-dir", str(tmp_path / "worker")) as worker,
        platform.tideline.start("answers", *told, TIDELINE_SERVING_CONFIG=str(config)) as server,
    ):
        await stocked(platform, TENANT, port)
        async with asking(TENANT, port) as answers:
            await answers.until("is fresh", lambda answer: not answer.stale)

            await stack.stop(Service.REGISTRY)
            await answers.more(200)
            assert not answers.latest.degraded
            await stack.start(Service.REGISTRY)

            with standing_still(worker.pid):
                await asyncio.sleep(STALE_AFTER_S + 2)
                await answers.more()
                # The tables stand as they are, and all of that is visible: the bound is about reading, not folding.
                assert not answers.latest.stale

            with standing_still(stack.process(Service.KAFKA).pid):
                await answers.until("is stale", lambda answer: answer.stale)
                assert answers.latest.degraded
                assert answers.latest.staleness_ms > STALE_AFTER_S * 1000
                await _refused_in_time(port)
                await asyncio.sleep(20)
                await answers.more(200)
                server.check()
            await answers.until("is fresh again", lambda answer: not answer.stale)
            answers.check()


async def _refused_in_time(port: int) -> None:
    """Write an event that the broker cannot take: its client is told so within its deadline."""
    event = behavior_pb2.BehaviorEvent(user_id="u1", item_id="item-1", action="click")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        began = time.perf_counter()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await behavior_pb2_grpc.BehaviorServiceStub(channel).TrackEvent(
                behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event), timeout=2
            )
        assert time.perf_counter() - began < 3
    assert refused.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
