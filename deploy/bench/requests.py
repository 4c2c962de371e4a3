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
from msgspec.structs import replace

from serving.api.recommender.v1 import behavior_pb2, behavior_pb2_grpc, recommendation_pb2_grpc
from serving.api.recommender.v1 import recommendation_pb2 as pb
from topics.moments import now_ms

_TIMEOUT_S: Final = 10.0
_ACTING: Final = 0.7
_ACTIONS: Final = ("click", "like", "complete", "impression")
_LATE: Final = 0.2
_LATE_BY_MS: Final = 3_600_000


class Plan(msgspec.Struct, frozen=True):
    """What is asked; on standard input, as JSON."""

    target: str
    tenant: str
    scenario: str
    users: list[str]
    clients: int
    seconds: float
    count: int = 20
    requests: int | None = None
    """No more than so many."""

    acting: bool = False
    """Whether users act on what they are shown: most lists, at once, and a fifth of them so that it comes late."""


class Measured(msgspec.Struct, frozen=True):
    """What came of it; on standard output, as JSON."""

    p50_ms: float
    p99_ms: float
    requests_per_s: float
    requests: int
    failed: int
    """Requests and reports of users' acts that were refused, or not answered in time."""

    degraded: int
    """Answers that lacked a channel or a stage."""

    short: int
    """Answers with fewer items than were asked for."""

    refreshed: int = 0
    """Answers from lists made ahead."""

    def at_the_rate_of(self, others: "Measured") -> "Measured":
        """Return these times with the rate of a second measurement, and what both met."""
        counts = ("requests", "failed", "degraded", "short", "refreshed")
        both = {name: getattr(self, name) + getattr(others, name) for name in counts}
        return replace(self, requests_per_s=others.requests_per_s, **both)

    @classmethod
    def of(
        cls,
        times: Sequence[float],
        seconds: float,
        asked: int,
        failed: int,
        degraded: int,
        short: int,
        refreshed: int = 0,
    ) -> "Measured":
        """Return the figures of requests, of which those that were answered took these seconds."""
        p50, p99 = (float(np.percentile(times, percent)) * 1000 for percent in (50, 99)) if times else (0.0, 0.0)
        rate = round(len(times) / seconds, 1)
        return cls(round(p50, 2), round(p99, 2), rate, asked, failed, degraded, short, refreshed)


async def ask(plan: Plan) -> Measured:
    """Ask for the users in turn, each client the next as soon as it has its answer; a failed request is counted."""
    times: list[float] = []
    failed = degraded = short = asked = refreshed = 0
    begun = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal failed, degraded, short, asked, refreshed
        random = np.random.default_rng(number)
        async with grpc.aio.insecure_channel(plan.target) as channel:
            stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
            behavior = behavior_pb2_grpc.BehaviorServiceStub(channel)
            for user in islice(cycle(plan.users), number, None, plan.clients):
                if time.perf_counter() - begun > plan.seconds or asked == plan.requests:
                    return
                asked += 1
                request = pb.RecommendRequest(
                    tenant_id=plan.tenant, user_id=user, scenario_id=plan.scenario, count=plan.count
                )
                sent = time.perf_counter()
                try:
                    answer = await stub.Recommend(request, timeout=_TIMEOUT_S)
                    times.append(time.perf_counter() - sent)
                    if plan.acting and answer.items and random.random() < _ACTING:
                        await behavior.TrackEvent(_act(plan, user, answer, random), timeout=_TIMEOUT_S)
                except grpc.aio.AioRpcError:
                    failed += 1
                    continue
                degraded += answer.degraded
                refreshed += bool(answer.source)
                short += len(answer.items) < plan.count

    await asyncio.gather(*(client(number) for number in range(plan.clients)))
    return Measured.of(times, time.perf_counter() - begun, asked, failed, degraded, short, refreshed)


def _act(
    plan: Plan, user: str, answer: pb.RecommendResponse, random: np.random.Generator
) -> behavior_pb2.TrackEventRequest:
    """Return what the user does with one item of the list."""
    position = int(random.integers(len(answer.items)))
    event = behavior_pb2.BehaviorEvent(
        user_id=user,
        item_id=answer.items[position].item_id,
        action=_ACTIONS[int(random.integers(len(_ACTIONS)))],
        scenario_id=plan.scenario,
        request_id=answer.request_id,
        position=position,
    )
    if random.random() < _LATE:
        event.event_time_ms = now_ms() - int(random.integers(_LATE_BY_MS))
    return behavior_pb2.TrackEventRequest(tenant_id=plan.tenant, event=event)


def main() -> None:
    """Read the plan, carry it out, and tell."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(ask(plan))) + b"\n")


if __name__ == "__main__":
    main()
