"""The call being answered: set at its edge by the interceptors, read where a log line or a stage needs it."""

from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id")
"""The client's `x-request-id` where it sent a valid one, else a UUIDv7."""

CREDENTIAL: Final[ContextVar[str]] = ContextVar("authorization", default="")
"""What the client sent as `authorization`, for the processes that are asked on its behalf; empty for nothing."""

DEADLINE: Final[ContextVar[float]] = ContextVar("deadline")
"""When what waits must stop waiting, on the event loop's clock, in seconds."""
