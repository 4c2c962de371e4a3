"""Runner: hands the batches of one agent and partition to their processor, one after another, and confirms them.

Faust commits what is confirmed, and nothing else: see `agents.runtime.processor` for the order of a batch's steps.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from agents.runtime import metrics
from agents.runtime.agent import Agent
from agents.runtime.backlog import Backlog, joined
from agents.runtime.batch import Batch
from agents.runtime.intake import schema_ids
from agents.runtime.kit import Kit
from agents.runtime.processor import Processor
from agents.runtime.turns import FOLD_S, STORE_S, TRAVELLED_S, Turns

log = logging.getLogger(__name__)

NOTICE_S: Final = 0.5
"""Seconds in which a batch that waits for the broker sees that it is withdrawn."""


class Runner:
    """Owns the rows of one agent's tables in one partition, from assignment to revocation."""

    def __init__(self, agent: Agent[Any], partition: int, kit: Kit, turns: Turns) -> None:
        """Take an agent, a partition, and the thread in which all runners compute."""
        self.agent = agent
        self.partition = partition
        self._kit = kit
        self._turns = turns
        self._processor = Processor(agent, partition, kit, lambda: self._withdrawn)
        self._backlog = Backlog(kit.settings.batch_records)
        self.waits_for = ""
        """What outside the worker it cannot go on without; empty while it works, or has nothing to do."""

        self._stopping = False
        self._withdrawn = False
        """Whether the time to finish the batch in hand is over: somebody else may have the partition at any moment."""

        self._task = asyncio.create_task(self._run(), name=f"{agent.name}/{partition}")
        self._task.add_done_callback(self._on_done)

    @property
    def done_offset(self) -> int:
        """Offset of the last record done; -1 before the first. What others committed before us counts."""
        return self._processor.done_offset

    async def put(self, event: Any) -> None:
        """Hand over a Faust event whose value is a Batch; wait while a whole batch's records are waiting."""
        await self._backlog.put(event)

    async def stop(self, grace_s: float) -> None:
        """Finish the batch in hand, forget those that wait, close the rows.

        The partition is ours until this returns, so what is in hand may still be written. What takes longer than
        `grace_s` is given up before it can be confirmed; whoever has the partition next does it again.
        """
        self._stopping = True
        await self._backlog.close()
        await asyncio.wait({self._task}, timeout=grace_s)
        self._withdrawn = True
        _, late = await asyncio.wait({self._task}, timeout=NOTICE_S)
        for task in late:
            task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            with self._waiting("its rows, which are read from the changelogs"):
                await self._kit.once_the_broker_answers(self._processor.open)
            while events := await self._backlog.take():
                batch = joined([event.value for event in events])
                await self._know_schemas(batch)
                await self._process(batch)
                for event in events:
                    event.value.confirmed = True
                    event.ack()
        finally:
            # In its turn: what was given up may still be computing.
            await self._turns.take(STORE_S, self._processor.close)

    async def _process(self, batch: Batch) -> None:
        within_s = TRAVELLED_S if self.agent.travelled else FOLD_S
        folded = await self._turns.take(within_s, self._processor.fold, batch)
        with metrics.STEP_SECONDS.labels(self.agent.name, "confirm").time():
            confirmed = await folded.publication.confirmed()
        await self._turns.take(STORE_S, self._processor.store, folded, confirmed)

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if self._stopping:
            log.warning("%s/%d: the last batch is left to the next owner: %s", self.agent.name, self.partition, error)
        else:
            self._kit.on_failure(self, error)

    async def _know_schemas(self, batch: Batch) -> None:
        """Ask the registry for schemas that the batch names and nobody knows yet; never on the hot path.

        While the registry is away the partition waits: its records may be good ones. An id that the registry does
        not know either leaves its records to the dead letters.
        """
        for schema_id in schema_ids(batch.records):
            if schema_id not in self._kit.codecs.cache:
                with self._waiting(f"the registry to tell of schema {schema_id}"):
                    await self._kit.learn_schema(schema_id)

    @contextmanager
    def _waiting(self, what: str) -> Iterator[None]:
        self.waits_for = what
        try:
            yield
        finally:
            self.waits_for = ""
