"""Clients that ask for lists without a pause, and what became of each question."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import grpc

from schemas.records import ItemChange
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc
from tests.faults.conftest import send
from tests.integration.conftest import Platform
from training.artifact.model import Model
from training.artifact.storage import save

DEADLINE_S: Final = 3.0
"""Of every question; two cores are shared with a broker, a registry, a worker and whatever else tests run."""

ITEMS: Final = tuple(f"item-{number}" for number in range(40))
_USERS: Final = 20
_NOT_YET: Final = (
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)
"""What a server says before it knows the tenant, before its views are ready, and before it listens."""


@dataclass
class Answers:
    """What was answered so far, and what was not."""

    answered: int = 0
    refused: Counter[tuple[grpc.StatusCode, str]] = field(default_factory=Counter)
    slowest_s: float = 0.0
    latest: pb.RecommendResponse = field(default_factory=pb.RecommendResponse)

    def check(self) -> None:
        """Fail if a question was not answered, or with an empty list."""
        assert not self.refused, f"of {self.answered} questions and more, not answered: {self.refused}"
        assert self.slowest_s <= DEADLINE_S

    async def more(self, number: int = 50) -> None:
        """Return when so many more were answered; fail if one was not."""
        wanted = self.answered + number
        async with asyncio.timeout(60):
            while self.answered < wanted:
                self.check()
                await asyncio.sleep(0.01)

    async def until(self, what: str, holds: Callable[[pb.RecommendResponse], bool]) -> None:
        """Return when an answer holds what it is to; fail if a question was not answered until then."""
        try:
            async with asyncio.timeout(60):
                while not holds(self.latest):
                    self.check()
                    await asyncio.sleep(0.005)
        except TimeoutError as error:
            raise AssertionError(f"no answer {what}; the latest: {self.latest}") from error


@asynccontextmanager
async def asking(tenant: str, *ports: int, clients: int = 3) -> AsyncIterator[Answers]:
    """Ask the servers in turn while the block runs."""
    answers = Answers()
    options = [("grpc.lb_policy_name", "round_robin")]
    target = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports)
    async with grpc.aio.insecure_channel(target, options=options) as channel:
        stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
        tasks = [asyncio.create_task(_ask(stub, tenant, answers, first)) for first in range(clients)]
        try:
            yield answers
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _ask(stub: recommendation_pb2_grpc.RecommendServiceStub, tenant: str, answers: Answers, user: int) -> None:
    while True:
        user = (user + 1) % _USERS
        began = time.perf_counter()
        try:
            request = pb.RecommendRequest(tenant_id=tenant, user_id=f"u{user}", count=10, exclude_seen=False)
            answer = await stub.Recommend(request, timeout=DEADLINE_S)
            assert len(answer.items) == 10
            answers.latest = answer
            answers.answered += 1
            answers.slowest_s = max(answers.slowest_s, time.perf_counter() - began)
        except grpc.aio.AioRpcError as error:
            answers.refused[error.code(), error.details() or ""] += 1
            await asyncio.sleep(0.05)


async def stocked(platform: Platform, tenant: str, *ports: int) -> None:
    """Give the tenant a catalogue, and return when every server lists from it."""
    await send(
        platform,
        [
            ItemChange(f"{item}-made", tenant, item, "create", 1_700_000_000_000, title=item, status="active")
            for item in ITEMS
        ],
    )
    request = pb.RecommendRequest(tenant_id=tenant, user_id="u0", count=len(ITEMS))
    for port in ports:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel, asyncio.timeout(120):
            stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
            listed = 0
            while listed < len(ITEMS):
                try:
                    answer = await stub.Recommend(request, timeout=DEADLINE_S, wait_for_ready=True)
                    listed = len(answer.items)
                except grpc.aio.AioRpcError as error:
                    if error.code() not in _NOT_YET:
                        raise
                await asyncio.sleep(0.05)


async def release(platform: Platform, model: Model, folder: Path) -> None:
    """Release the model, as an operator does."""
    save(folder, model)
    await tideline(platform, "models", "release", str(folder))


async def tideline(platform: Platform, *arguments: str) -> None:
    """Run a command to its end, which must be a good one."""
    done = await asyncio.to_thread(platform.tideline.run, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
