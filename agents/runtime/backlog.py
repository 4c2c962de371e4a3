"""Backlog: the batches that wait for a runner, and how many of them it takes at once."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from agents.runtime.batch import Batch


class Backlog:
    """Batches of one partition in the order of the log, as Faust events; all of one event loop.

    Whoever takes gets all that wait and follow each other, as one batch. Taken one by one, each would wait for all
    before it to be confirmed, and a worker that keeps up with its log would still be seconds behind.
    """

    def __init__(self, most_records: int) -> None:
        """Make it empty; `most_records` are those that wait before `put` does, and those that are taken at once."""
        self._most: Final = most_records
        self._waiting: deque[Any] = deque()
        self._records = 0
        self._closed = False
        self._changed = asyncio.Condition()

    async def put(self, event: Any) -> None:
        """Add an event, whose value is a Batch; wait while too much waits. Does nothing once closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or self._records < self._most)
            if not self._closed:
                self._waiting.append(event)
                self._records += len(event.value.records)
                self._changed.notify_all()

    async def take(self) -> list[Any]:
        """Wait for an event, and return it with those that follow it in the log without a gap; none once closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or bool(self._waiting))
            if self._closed:
                return []
            taken = [self._waiting.popleft()]
            records = len(taken[0].value.records)
            while self._waiting and self._follows(taken[-1].value, self._waiting[0].value, self._most - records):
                taken.append(self._waiting.popleft())
                records += len(taken[-1].value.records)
            self._records -= records
            self._changed.notify_all()
            return taken

    async def close(self) -> None:
        """Forget what waits and whatever is put later: it comes after what was forgotten, so it may not be done."""
        async with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    @staticmethod
    def _follows(before: Batch, after: Batch, room: int) -> bool:
        return after.first_offset == before.last_offset + 1 and len(after.records) <= room


def joined(batches: Sequence[Batch]) -> Batch:
    """Return the records of batches that follow each other as one batch, which has them from then on."""
    first, *others = batches
    if not others:
        return first
    return Batch(first.topic, first.partition, [record for batch in batches for record in batch.take()])
