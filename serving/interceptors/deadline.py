"""Deadline: the client's, or the server's own where that is sooner. Nothing works on for a client that has gone."""

import asyncio
from typing import Any, Final

import grpc

from serving.call import DEADLINE
from serving.errors import DeadlineError
from serving.interceptors.unary import Next, UnaryInterceptor

_RESERVE: Final = 0.2
"""Part of the time left that is kept for computing and sending once the waiting is over."""


class DeadlineInterceptor(UnaryInterceptor):
    """Ends a call at its deadline; stages that wait are told an earlier one, so that there is an answer to send."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise DeadlineError if it does not come in time."""
        remaining = context.time_remaining()
        allowed = self._longest_s if remaining is None else min(remaining, self._longest_s)
        now = asyncio.get_running_loop().time()
        DEADLINE.set(now + allowed * (1 - _RESERVE))
        try:
            async with asyncio.timeout_at(now + allowed):
                return await call(request, context)
        except TimeoutError as error:
            raise DeadlineError(f"{method} was not done within {allowed * 1000:.0f} ms") from error
