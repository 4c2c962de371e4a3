"""Blocking: what waits for the broker or the disk runs on a few threads of its own.

The event loop's own threads are few, too, and following the log needs them: reads that hang while the broker is away
must not take them all.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Blocking:
    """Runs functions while it is entered. Who gives up waiting leaves what was begun to its end."""

    def __init__(self, threads: int = 4) -> None:
        """Make it; more functions than threads wait for their turn."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="blocking")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function returns, or raise what it raises."""
        return await asyncio.wrap_future(self._threads.submit(function, *args, **kwargs))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Begin no more; what runs is left to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
