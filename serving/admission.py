"""Admission: how much a process takes on at once, and what it refuses at once because it would come too late.

Lists are computed in one interpreter: beyond a few requests in work, another one makes all of them slower and none
faster. So a bounded number is in work, a bounded number waits in the order of arrival, and a request for which the
wait alone is estimated to use up its deadline is refused right away, while its client can still ask elsewhere. When
a place is free, what has meanwhile become hopeless is dropped instead of worked on: its client has given it up, and
the next one can still be helped.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

from serving.errors import OverloadedError

_WEIGHT: Final = 0.1
"""What the latest request counts for in the estimate: of some twenty the estimate is made."""

T = TypeVar("T")
Waiter: TypeAlias = tuple[float, "asyncio.Future[None]"]


class Estimate:
    """How long a request takes in work, and what that means to one that arrives."""

    def __init__(self, places: int) -> None:
        """Take how many requests may be in work at once."""
        self._places = places
        self.service_s = 0.0
        """Moving mean of the seconds a request was in work; 0 until the first is done, and nothing too much for it."""

    def done(self, took_s: float) -> None:
        """Note that a request was in work for so long."""
        self.service_s += (took_s - self.service_s) * (_WEIGHT if self.service_s else 1.0)

    def needed_s(self, ahead: int) -> float:
        """Return the seconds until an answer, for one behind `ahead` others that wait while all places are taken."""
        return self.service_s * ((ahead + 1) / self._places + 1)


class Admission:
    """Lets requests into work one by one; for one event loop. `clock` is the loop's, in seconds."""

    def __init__(self, places: int, waiting: int, clock: Callable[[], float]) -> None:
        """Take how many may be in work at once, and how many may wait for it."""
        self.estimate: Final = Estimate(places)
        self._places = places
        self._most_waiting = waiting
        self._clock = clock
        self._working = 0
        self._waiting: deque[Waiter] = deque()

    @property
    def working(self) -> int:
        """How many are in work."""
        return self._working

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def run(self, work: Callable[[], Awaitable[T]], deadline: float) -> T:
        """Return what the work returns, which is begun when it is its turn.

        Raises OverloadedError, at once or when its turn comes, if it cannot be done by `deadline`. What finds a free
        place is always let in: so a spell in which everything was slow is forgotten again.
        """
        if self._working < self._places:
            self._working += 1
        else:
            await self._turn(deadline)
        began = self._clock()
        try:
            return await work()
        finally:
            self.estimate.done(self._clock() - began)
            self._leave()

    async def _turn(self, deadline: float) -> None:
        if len(self._waiting) >= self._most_waiting:
            raise OverloadedError(f"{len(self._waiting)} requests wait already; retry after a while")
        needed, left = self.estimate.needed_s(len(self._waiting)), deadline - self._clock()
        if needed > left:
            raise OverloadedError(
                f"{len(self._waiting)} requests wait already, so that an answer would take {needed * 1000:.0f} ms "
                f"of the {max(0.0, left) * 1000:.0f} that are left; retry after a while"
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((deadline, turn))
        try:
            await turn  # whoever leaves hands the place over, so that none can be taken in between
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()  # the place was handed over, but the client has gone
            else:
                self._waiting = deque(waiter for waiter in self._waiting if waiter[1] is not turn)
            raise

    def _leave(self) -> None:
        """Hand the place to the first that waits and can still be done in time; drop those that cannot."""
        while self._waiting:
            deadline, turn = self._waiting.popleft()
            if turn.done():
                continue
            if self._clock() + self.estimate.service_s > deadline:
                turn.set_exception(OverloadedError("the wait has used up the time to answer; retry after a while"))
                continue
            turn.set_result(None)
            return
        self._working -= 1
