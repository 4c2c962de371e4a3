"""Turns: one thread in which all runners of a worker compute, the one whose turn is due soonest first."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from queue import PriorityQueue
from threading import Thread
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STORE_S: Final = 0.0
"""Seconds that storing may wait: it is short, and the partition's next batch waits for it."""

FOLD_S: Final = 0.02
TRAVELLED_S: Final = 0.2
"""Seconds that folding may wait, and folding what came through another agent: users see first what they did."""

_NEVER: Final = float("inf")


class Turns:
    """Does one thing after the other, by the time at which each is due: nothing waits for ever.

    Threads that compute at the same time only take the interpreter from each other, at half a millisecond a change.
    """

    def __init__(self) -> None:
        """Start the thread."""
        self._number = count()
        self._due: PriorityQueue[tuple[float, int, Future[Any], Callable[[], Any] | None]] = PriorityQueue()
        self._thread = Thread(target=self._run, name="turns", daemon=True)
        self._thread.start()

    async def take(self, within_s: float, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `do` returns, or raise what it raises; it is due so many seconds from now."""
        done: Future[T] = Future()
        self._due.put((time.monotonic() + within_s, next(self._number), done, lambda: do(*args, **kwargs)))
        return await asyncio.wrap_future(done)

    def close(self, timeout_s: float | None = None) -> None:
        """Do what waits, and end; blocking, for so long at most."""
        self._due.put((_NEVER, next(self._number), Future(), None))
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            _, _, done, do = self._due.get()
            if do is None:
                return
            if not done.set_running_or_notify_cancel():
                continue
            try:
                result = do()
            except BaseException as error:  # the runner's to handle: this thread is everybody's
                done.set_exception(error)
            else:
                done.set_result(result)
            del done, do  # they hold a batch, and the next one may be long in coming
