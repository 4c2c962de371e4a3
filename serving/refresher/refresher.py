"""The refresher: from what users do to lists in `recommendation.refreshed.v1`.

The order is fixed: make lists, send them, wait until the broker has them, commit. A crash anywhere makes some of them
again, which does no harm: under one key the list that knows more stands.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from schemas.codec import Codec
from schemas.errors import InvalidFieldError
from schemas.list_records import RefreshedList
from schemas.records import BehaviorEvent
from schemas.tenancy import TenantKey, chunk_key
from schemas.validation import check
from serving.refresher import metrics
from serving.refresher.client import Outcome, Recommender
from serving.refresher.making import list_of, request_for
from serving.refresher.source import Taken
from serving.refresher.triggers import Pending, Telling, Wanted
from topics.catalog import REFRESHED
from topics.errors import BrokerUnavailableError
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.rows import RowDecoder

_LOG = logging.getLogger(__name__)

_COMMIT_S: Final = 1.0
_FULL_S: Final = 0.05


class Source(Protocol):
    """Where events come from; `serving.refresher.source.GroupSource` is one."""

    def take(self) -> Taken:
        """Return the next records and the partitions that were lost meanwhile; waits a moment for some."""
        ...

    def commit(self, done: dict[int, int]) -> None:
        """Let a restart go on at these offsets, by partition."""
        ...


@dataclass
class Refresher:
    """Makes lists until it is told to stop. `run` once."""

    source: Source
    decoder: RowDecoder[BehaviorEvent]
    telling: Telling
    scenarios: Sequence[str]
    recommender: Recommender
    producer: LogProducer
    codec: Codec[RefreshedList]
    partitions: int
    """Of the topic of lists."""

    count: int
    coalesce_s: float
    waiting: int
    drain_s: float
    pending: Pending = field(default_factory=Pending)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _committed: dict[int, int] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Make lists until `stop` is set; what is under way then has `drain_s` to end.

        Raises DeliveryError if the broker does not take a list, BrokerRefusedError if it refuses the group: what was
        not committed is done again after a restart.
        """
        committing = asyncio.create_task(self._commit_regularly())
        try:
            while not stop.is_set() and not committing.done():
                if len(self.pending) >= self.waiting:
                    await asyncio.sleep(_FULL_S)
                    continue
                self._take(await asyncio.to_thread(self.source.take))
        finally:
            await self._drain()
            committing.cancel()
        await asyncio.wait([committing])
        if not committing.cancelled():
            committing.result()
        await self._commit()

    def _take(self, taken: Taken) -> None:
        self.pending.lose(taken.lost)
        for partition in taken.lost:
            self._committed.pop(partition, None)
        for partition, offset, key, value in taken.records:
            self.pending.read(partition, offset + 1)
            event = self._event(key, value)
            if event is not None and self.telling.tells(event):
                metrics.TRIGGERS.inc()
                for scenario in self.scenarios or (event.scenario,):
                    wanted = Wanted(event.tenant_id, event.user_id, scenario)
                    if self.pending.add(wanted, partition, offset):
                        task = asyncio.create_task(self._refresh(wanted))
                        self._tasks.add(task)
                        task.add_done_callback(self._tasks.discard)
        metrics.PENDING.set(len(self.pending))

    def _event(self, key: bytes | None, value: bytes | None) -> BehaviorEvent | None:
        """Return the event; None for what no worker folds, so that no list ever knows it."""
        event = None if value is None else self.decoder.row(value)
        try:
            if event is not None:
                check(event)
                if TenantKey(event.tenant_id, event.user_id).encode() == key:
                    return event
        except InvalidFieldError:
            pass
        return None

    async def _refresh(self, wanted: Wanted) -> None:
        await asyncio.sleep(self.coalesce_s)
        while (found := self.pending.begin(wanted)) is not None:
            await self._make(wanted, *found)

    async def _make(self, wanted: Wanted, partition: int, offset: int) -> None:
        try:
            answer = await self.recommender.list_for(request_for(wanted, self.count, partition, offset))
            outcome = answer if isinstance(answer, Outcome) else Outcome.WRITTEN
            if not isinstance(answer, Outcome):
                owner = TenantKey(wanted.tenant, wanted.user).encode()
                # Into the partition of the user, whatever the scenario: who reads it looks there.
                self.producer.send(
                    REFRESHED.name,
                    chunk_key(owner, wanted.scenario),
                    self.codec.encode(list_of(answer)),
                    partition=partition_of(owner, self.partitions),
                )
        except Exception:  # a list that cannot be made must not end the others
            outcome = Outcome.REFUSED
            _LOG.exception("a list of %s could not be made", wanted)
        metrics.LISTS.labels(outcome).inc()
        if outcome not in (Outcome.WRITTEN, Outcome.EMPTY):
            _LOG.warning("no list for a user of tenant %s in %s: %s", wanted.tenant, wanted.scenario, outcome)
        self.pending.end(wanted)

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_S)
            try:
                await self._commit()
            except BrokerUnavailableError as error:
                _LOG.warning("what was refreshed is committed later: %s", error)

    async def _commit(self) -> None:
        done = self.pending.done()  # taken first: what is sent after it is not in the log yet when that is
        fresh = {partition: offset for partition, offset in done.items() if self._committed.get(partition) != offset}
        if fresh:
            await asyncio.to_thread(self.producer.flush)
            await asyncio.to_thread(self.source.commit, fresh)
            self._committed |= fresh

    async def _drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.drain_s)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
