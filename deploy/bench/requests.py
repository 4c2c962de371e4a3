"""A client process that asks a server for lists as fast as it answers: `python -m deploy.bench.requests`.

Of its own, so that what it costs is not taken from the server's interpreter.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Final

import grpc
import msgspec
import numpy as np
import uvloop

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc

_TIMEOUT_S: Final = 10.0


class Plan(msgspec.Struct, frozen=True):
    """What is asked; on standard input, as JSON."""

    target: str
    tenant: str
    scenario: str
    users: list[str]
    clients: int
    seconds: float
    count: int = 20


class Measured(msgspec.Struct, frozen=True):
    """What came of it; on standard output, as JSON."""

    p50_ms: float
    p99_ms: float
    requests_per_s: float
    requests: int
    failed: int
    degraded: int
    """Answers that lacked a channel or a stage."""

    short: int
    """Answers with fewer items than were asked for."""

    @classmethod
    def of(cls, times: Sequence[float], seconds: float, failed: int, degraded: int, short: int) -> "Measured":
        """Return the figures of requests that took these seconds."""
        p50, p99 = (float(np.percentile(times, percent)) * 1000 for percent in (50, 99)) if times else (0.0, 0.0)
        return cls(
            round(p50, 2), round(p99, 2), round(len(times) / seconds, 1), len(times) + failed, failed, degraded, short
        )


async def ask(plan: Plan) -> Measured:
    """Ask for the users in turn, each client the next as soon as it has its answer; a failed request is counted."""
    times: list[float] = []
    failed = degraded = short = 0
    begun = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal failed, degraded, short
        async with grpc.aio.insecure_channel(plan.target) as channel:
            stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
            for user in islice(cycle(plan.users), number, None, plan.clients):
                if time.perf_counter() - begun > plan.seconds:
                    return
                request = pb.RecommendRequest(
                    tenant_id=plan.tenant, user_id=user, scenario_id=plan.scenario, count=plan.count
                )
                asked = time.perf_counter()
                try:
                    answer = await stub.Recommend(request, timeout=_TIMEOUT_S)
                except grpc.aio.AioRpcError:
                    failed += 1
                    continue
                times.append(time.perf_counter() - asked)
                degraded += answer.degraded
                short += len(answer.items) < plan.count

    await asyncio.gather(*(client(number) for number in range(plan.clients)))
    return Measured.of(times, time.perf_counter() - begun, failed, degraded, short)


def main() -> None:
    """Read the plan, carry it out, and tell."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(ask(plan))) + b"\n")


if __name__ == "__main__":
    main()
