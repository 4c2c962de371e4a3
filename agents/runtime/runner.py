"""Runner: the batches of one agent and partition, one after another, in one fixed order of steps.

    decode -> fold in memory -> send rows, emissions and letters -> wait until the broker has confirmed all of them
    -> write the local store together with the changelog's position -> confirm the batch -> (Faust) commit

So the committed offset never passes the changelog, and the store never leads it. A crash at any point replays the
batch; every row knows by `applied` what it has folded, so the replay changes nothing.
"""

import asyncio
import logging
import time
from collections import defaultdict
from typing import Any, Final

from agents.errors import BadRecordError, PartitionLostError
from agents.runtime import metrics
from agents.runtime.agent import Agent
from agents.runtime.failpoint import Point
from agents.runtime.intake import schema_ids, take_in
from agents.runtime.kit import Kit
from agents.runtime.publication import Publication
from agents.runtime.state import TableState
from agents.runtime.transport import Batch
from agents.runtime.wholeness import check_source
from agents.runtime.work import Work
from agents.settings import BadRecords
from agents.tables import Table
from schemas.records import DeadLetter, Row
from topics.catalog import dead_letters
from topics.headers import ORIGIN
from topics.offsets import Partition

log = logging.getLogger(__name__)

NOTICE_S: Final = 0.5
"""Seconds in which a batch that waits for the broker sees that it is withdrawn."""


class Runner:
    """Owns the rows of one agent's tables in one partition, from assignment to revocation."""

    def __init__(self, agent: Agent[Any], partition: int, kit: Kit) -> None:
        self.agent = agent
        self.partition = partition
        self.done_offset = -1
        """Offset of the last record confirmed; -1 before the first. What others committed before us counts."""

        self._kit = kit
        self._codec = kit.codecs.of(agent.source)
        self._limits = kit.limits
        self._letters = dead_letters(agent.source)
        self._states: dict[str, TableState[Any]] = {}
        self._batches: asyncio.Queue[Any] = asyncio.Queue(maxsize=2)
        self._stopping = False
        self._withdrawn = False
        """Whether the time to finish the batch in hand is over: somebody else may have the partition at any moment."""

        self._task = asyncio.create_task(self._run(), name=f"{agent.name}/{partition}")
        self._task.add_done_callback(self._on_done)

    async def put(self, event: Any) -> None:
        """Hand over a Faust event whose value is a Batch; wait while two others are waiting."""
        await self._batches.put(event)

    async def stop(self, grace_s: float) -> None:
        """Finish the batch in hand, forget those that wait, close the rows.

        The partition is ours until this returns, so what is in hand may still be written. What takes longer than
        `grace_s` is given up before it can be confirmed; whoever has the partition next does it again.
        """
        self._stopping = True
        while not self._batches.empty():
            self._batches.get_nowait()
        await self._batches.put(None)
        await asyncio.wait({self._task}, timeout=grace_s)
        self._withdrawn = True
        _, late = await asyncio.wait({self._task}, timeout=NOTICE_S)
        for task in late:
            task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            await self._kit.once_the_broker_answers(self._open)
            # What waits when we are stopped is forgotten; a batch that is put then comes after the forgotten ones.
            while (event := await self._batches.get()) is not None and not self._stopping:
                batch: Batch = event.value
                await self._know_schemas(batch)
                await asyncio.to_thread(self._process, batch)
                self.done_offset = batch.last_offset
                batch.confirmed = True
                event.ack()
        finally:
            for state in self._states.values():
                state.close()

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if self._stopping:
            log.warning("%s/%d: the last batch is left to the next owner: %s", self.agent.name, self.partition, error)
        else:
            self._kit.on_failure(self, error)

    def _open(self) -> None:
        committed = self._kit.committed(self.agent.source, self.partition)
        self.done_offset = committed - 1
        for table in self.agent.tables:
            if table.name in self._states:
                continue  # opened before the broker went away
            started = time.monotonic()
            state, restored = self._kit.open_state(table, self.partition, committed)
            self._states[table.name] = state
            metrics.RESTORED_ROWS.labels(table.name).inc(restored)
            if restored:
                seconds = time.monotonic() - started
                log.info("%s/%d: %d rows restored in %.1f s", table.name, self.partition, restored, seconds)

    async def _know_schemas(self, batch: Batch) -> None:
        """Ask the registry for schemas that the batch names and nobody knows yet; never on the hot path.

        While the registry is away the partition waits: its records may be good ones. An id that the registry does
        not know either leaves its records to the dead letters.
        """
        for schema_id in schema_ids(batch.records):
            if schema_id not in self._kit.codecs.cache:
                await self._kit.learn_schema(schema_id)

    def _process(self, batch: Batch) -> None:
        """Take one batch through all steps; blocking. Raises if any step did not come to its end."""
        place = Partition(batch.topic, batch.partition)
        check_source(self._kit.reader, place, self.done_offset + 1, batch.first_offset)
        with self._step("decode"):
            intake = take_in(self.agent, self._codec, batch.records, self._limits)
        with self._step("fold"):
            work = Work(self._load, intake.payloads)
            self.agent.fold(intake.events, work)
        self._check_owner()
        with self._step("send"):
            publication = Publication(self._kit.producer, lambda: self._withdrawn)
            rows = self._send(publication, work, intake.letters)
        self._kit.failpoint.passed(Point.AFTER_SEND)
        with self._step("confirm"):
            positions = publication.confirm()
        self._kit.failpoint.passed(Point.AFTER_CONFIRM)
        with self._step("store"):
            for name, written in rows.items():
                state = self._states[name]
                state.write(written, positions[state.table.changelog.name])
                metrics.ROWS_WRITTEN.labels(name).inc(len(written))
        self._kit.failpoint.passed(Point.AFTER_STORE)
        metrics.EVENTS.labels(self.agent.name).inc(len(intake.events))

    def _load(self, table: Table[Any], key: bytes) -> Row:
        row: Row = self._states[table.name].get(key)
        return row

    def _send(
        self, publication: Publication, work: Work, letters: list[DeadLetter]
    ) -> dict[str, list[tuple[bytes, Row, bytes]]]:
        rows: defaultdict[str, list[tuple[bytes, Row, bytes]]] = defaultdict(list)
        for table, key, row in work.changes():
            encoded = self._states[table.name].encode(row)
            publication.send(table.changelog.name, key, encoded, partition=self.partition)
            rows[table.name].append((key, row, encoded))
        for emission in work.emissions:
            headers = [(ORIGIN, emission.origin.encode())]
            publication.send(emission.topic.name, emission.key, emission.value, headers=headers)
        for letter in letters:
            self._send_letter(publication, letter)
        return rows

    def _send_letter(self, publication: Publication, letter: DeadLetter) -> None:
        place = f"{letter.topic}/{letter.partition} offset {letter.offset}"
        log.warning("bad record at %s: %s: %s", place, letter.reason, letter.detail)
        policy = self._kit.settings.bad_records
        if policy is BadRecords.FAIL:
            raise BadRecordError(
                f"{place}: {letter.reason}: {letter.detail}; TIDELINE_WORKER_BAD_RECORDS=fail stops the worker here"
            )
        metrics.DEAD_LETTERS.labels(letter.topic, letter.reason).inc()
        if policy is BadRecords.QUARANTINE:
            payload = self._kit.codecs.of(self._letters).encode(letter)
            publication.send(self._letters.name, letter.key, payload, partition=self.partition)

    def _check_owner(self) -> None:
        """Refuse to write when the partition may have another owner by now.

        A worker that was stopped past its session timeout and continued would write rows older than its
        successor's, and compaction would keep those.
        """
        if self._withdrawn or not self._kit.pulse.beats():
            raise PartitionLostError(f"{self.agent.source.name}/{self.partition} may have another owner by now")

    def _step(self, step: str) -> Any:
        return metrics.STEP_SECONDS.labels(self.agent.name, step).time()
