"""The call being answered: set at its edge by the interceptors, read where a log line or a stage needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id")
"""The client's `x-request-id` where it sent a valid one, else a UUIDv7."""

CREDENTIAL: Final[ContextVar[str]] = ContextVar("authorization", default="")
"""What the client sent as `authorization`, for the processes that are asked on its behalf; empty for nothing."""

DEADLINE: Final[ContextVar[float]] = ContextVar("deadline")
"""When what waits must stop waiting, on the event loop's clock, in seconds."""


@asynccontextmanager
async def before(moment: float | None) -> AsyncIterator[None]:
    """Raise TimeoutError if the block is not done by the moment, on the event loop's clock; None is never.

    So does `asyncio.timeout_at`, but where the loop was held up beyond the end of the whole call, that is cancelled in
    the same turn, and its client would not be told what was waited for.
    """
    try:
        async with asyncio.timeout_at(moment):
            yield
    except asyncio.CancelledError as error:
        if moment is None or asyncio.get_running_loop().time() < moment:
            raise
        raise TimeoutError from error
