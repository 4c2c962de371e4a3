"""Progress: how far the workers of a generation are, asked while somebody waits for it, once for all who do."""

import asyncio
from collections.abc import Mapping
from typing import Final

from topics.catalog import ACCEPTED, EVENTS
from topics.errors import BrokerUnavailableError
from topics.generation import Generation
from topics.offsets import Lag, LogOffsets, Partition

_EVERY_S: Final = 0.2
"""Between two questions; workers commit once a second."""

Lags = Mapping[Partition, Lag]


class Progress:
    """What the workers' group has committed of the events, and of what its members pass on to one another."""

    def __init__(self, offsets: LogOffsets, group: str, generation: Generation, every_s: float = _EVERY_S) -> None:
        """Take the generation and the group of its workers; ask the broker every `every_s` seconds at most."""
        self.passed_on: Final = generation.name(ACCEPTED)
        """Name of the topic of what members pass on."""

        self._offsets = offsets
        self._group = generation.group(group)
        self._topics = (*(topic.name for topic in EVENTS), self.passed_on)
        self._every_s = every_s
        self._turn = asyncio.Lock()
        self._due = 0.0
        self._next: asyncio.Task[Lags] | None = None

    async def next(self) -> Lags:
        """Return the answer to a question that is asked after this was called.

        Raises BrokerUnavailableError, BrokerRefusedError or MissingTopicError.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._ask())
            self._next.add_done_callback(_looked_at)
        return await asyncio.shield(self._next)  # others may wait for it when one of them gives up

    async def until(self, goals: Mapping[Partition, int], lags: Lags | None = None) -> Lags:
        """Return what was answered when the workers had committed every goal, a next offset; ask until then.

        A broker that is away is waited for. Raises BrokerRefusedError or MissingTopicError.
        """
        while lags is None or any(lags[at].committed < goal for at, goal in goals.items()):
            try:
                lags = await self.next()
            except BrokerUnavailableError:
                lags = None
        return lags

    async def _ask(self) -> Lags:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            await asyncio.sleep(self._due - clock())
            self._due = clock() + self._every_s
            self._next = None  # it is being asked: who comes from now on wants the one after
            return await asyncio.to_thread(self._offsets.lag, self._group, self._topics)


def _looked_at(task: "asyncio.Task[Lags]") -> None:
    """Have asyncio not complain of an answer, or an error, for which nobody waits any more."""
    if not task.cancelled():
        task.exception()
