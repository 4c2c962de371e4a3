"""Deadlines: the sooner of the client's and the server's, and what waits within is told an earlier one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import create_autospec

import grpc
import pytest

from serving.call import DEADLINE
from serving.errors import DeadlineError
from serving.interceptors.deadline import DeadlineInterceptor


async def around(call: Callable[[Any, Any], Awaitable[Any]], remaining: float | None, longest_s: float = 100.0) -> Any:
    context = create_autospec(grpc.aio.ServicerContext, instance=True)
    context.time_remaining.return_value = remaining
    return await DeadlineInterceptor(longest_s).around("/m", call, "request", context)


async def left(request: Any, context: Any) -> float:
    return DEADLINE.get() - asyncio.get_running_loop().time()


@pytest.mark.parametrize(("remaining", "allowed"), [(None, 100.0), (50.0, 50.0), (500.0, 100.0)])
async def test_waiting_ends_before_the_deadline_does(remaining: float | None, allowed: float) -> None:
    waiting = await around(left, remaining)
    assert allowed / 2 < waiting < allowed


@pytest.mark.parametrize(("remaining", "longest_s"), [(0.01, 100.0), (None, 0.01), (0.0, 100.0), (-1.0, 100.0)])
async def test_a_call_ends_at_its_deadline(remaining: float | None, longest_s: float) -> None:
    async def forever(request: Any, context: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(DeadlineError, match="/m"):
        await around(forever, remaining, longest_s)
