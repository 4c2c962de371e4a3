"""The recommender as the refresher asks it: until it has what is asked for, or patience ends."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

import grpc
from tenacity import AsyncRetrying, RetryCallState, stop_after_delay, wait_random_exponential

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.credentials import Metadata
from serving.refresher import metrics

_AGAIN: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,  # it is not there, or does not hold the event yet
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)

_DEGRADED_TRIES: Final = 5
"""How often a list that lacks something is made: where a channel is away for long, each try costs a whole request."""


class Outcome(StrEnum):
    """What became of a list that was to be made."""

    WRITTEN = "written"
    DEGRADED = "degraded"
    """Something was missing from it each time: what is answered later should be whole."""

    EMPTY = "empty"
    """Nothing may be shown."""

    REFUSED = "refused"
    """The recommender does not know the tenant, or does not take the request."""

    GIVEN_UP = "given up"
    """It did not answer, or did not hold the event, for as long as there was patience."""


class Stub(Protocol):
    """What of the generated stub is used."""

    def Recommend(self, request: pb.RecommendRequest, timeout: float, metadata: Metadata) -> Any:  # noqa: N802
        """Return the call, to be awaited."""
        ...


class DegradedError(Exception):
    """An answer lacked something; within the refresher only, to have the call made again."""


@dataclass(frozen=True, slots=True)
class Recommender:
    """Asks, so many times at once as it may; a question that waits for its next try holds up no other."""

    stub: Stub
    concurrent: asyncio.Semaphore
    timeout_s: float
    patience_s: float
    keys: Mapping[str, Metadata] = field(default_factory=dict)
    """By tenant, what calls for it carry."""

    pause: wait_random_exponential = field(default_factory=lambda: wait_random_exponential(multiplier=0.05, max=2.0))

    async def list_for(self, request: pb.RecommendRequest) -> pb.RecommendResponse | Outcome:
        """Return a whole answer, or why there is none."""
        trying = AsyncRetrying(
            retry=_is_passing,
            wait=self.pause,
            stop=stop_after_delay(self.patience_s),
            before_sleep=_count,
            reraise=True,
        )
        try:
            answer: pb.RecommendResponse = await trying(self._asked, request)
        except DegradedError:
            return Outcome.DEGRADED
        except grpc.aio.AioRpcError as error:
            return Outcome.GIVEN_UP if error.code() in _AGAIN else Outcome.REFUSED
        return answer if answer.items else Outcome.EMPTY

    async def _asked(self, request: pb.RecommendRequest) -> pb.RecommendResponse:
        async with self.concurrent:
            answer: pb.RecommendResponse = await self.stub.Recommend(
                request, timeout=self.timeout_s, metadata=self.keys.get(request.tenant_id, ())
            )
        if answer.degraded:
            raise DegradedError
        return answer


def _is_passing(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome is not None else None
    if isinstance(error, DegradedError):
        return state.attempt_number < _DEGRADED_TRIES
    return isinstance(error, grpc.aio.AioRpcError) and error.code() in _AGAIN


def _count(state: RetryCallState) -> None:
    metrics.RETRIES.inc()
