"""Processor: takes the batches of one agent and partition through one fixed order of steps; blocking.

    decode -> fold in memory -> send rows, emissions and letters -> wait until the broker has confirmed all of them
    -> write the local store together with the changelog's position

Whoever calls it commits then, so the committed offset never passes the changelog, and the store never leads it. A
crash at any point replays the batch; every row knows by `applied` what it has folded, so the replay changes nothing.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from agents.errors import BadRecordError, PartitionLostError
from agents.runtime import metrics
from agents.runtime.agent import Agent
from agents.runtime.batch import Batch
from agents.runtime.failpoint import Point
from agents.runtime.intake import take_in
from agents.runtime.kit import Kit
from agents.runtime.publication import Confirmed, Publication
from agents.runtime.state import TableState, Written
from agents.runtime.wholeness import check_source
from agents.runtime.work import Work
from agents.settings import BadRecords
from agents.tables import Table
from schemas.records import DeadLetter, Row
from topics.catalog import dead_letters
from topics.headers import ORIGIN
from topics.offsets import Partition

log = logging.getLogger(__name__)


class Folded(NamedTuple):
    """A batch that was folded and sent, and that the broker has to confirm."""

    publication: Publication
    rows: Mapping[str, Sequence[Written[Any]]]
    """By table, what is to be stored."""

    events: int
    rejected: int
    last_offset: int


class Processor:
    """Owns the rows of one agent's tables in one partition. One thread at a time may call it."""

    def __init__(self, agent: Agent[Any], partition: int, kit: Kit, withdrawn: Callable[[], bool]) -> None:
        """Take an agent and a partition; `withdrawn` tells whether the partition may have another owner by now."""
        self.agent = agent
        self.partition = partition
        self.done_offset = -1
        """Offset of the last record done; -1 before the first. What others committed before us counts."""

        self.rejected = 0
        """How many records could not be processed."""

        self._kit = kit
        self._codec = kit.codecs.of(agent.source)
        self._letters = dead_letters(agent.source)
        self._withdrawn = withdrawn
        self._states: dict[str, TableState[Any]] = {}

    def open(self) -> None:
        """Bring the rows up to the end of their changelogs; may be called again when the broker was away.

        Raises TopicsError, ChangelogLostError as `Kit.open_state`.
        """
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
        for state in self._states.values():
            if state.overwritten:
                self._store(state, (), self._send_again(state))

    def close(self) -> None:
        """Close the rows, so that another process may open them."""
        for state in self._states.values():
            state.close()

    def process(self, batch: Batch) -> None:
        """Take one batch through all steps; blocking. Raises if any step did not come to its end."""
        folded = self.fold(batch)
        self.store(folded, folded.publication.confirm())

    def fold(self, batch: Batch) -> Folded:
        """Decode and fold a batch, and send what follows from it; computes, and blocks while the queue is full."""
        place = Partition(batch.topic, batch.partition)
        check_source(self._kit.reader, place, self.done_offset + 1, batch.first_offset)
        with self._step("decode"):
            intake = take_in(self.agent, self._codec, batch.take(), self._kit.limits)
        with self._step("fold"):
            work = Work(self._load, intake.payloads)
            self.agent.fold(intake.events, work)
        self._check_owner()
        self._kit.failpoint.passed(Point.BEFORE_SEND)
        with self._step("send"):
            publication = Publication(self._kit.producer, self._withdrawn)
            rows = self._send(publication, work, intake.letters)
        self._kit.failpoint.passed(Point.AFTER_SEND)
        return Folded(publication, rows, len(intake.events), len(intake.letters), batch.last_offset)

    def store(self, folded: Folded, confirmed: Mapping[str, Confirmed]) -> None:
        """Store the rows of a batch that the broker has confirmed; computes."""
        self._kit.failpoint.passed(Point.AFTER_CONFIRM)
        self._check_owner()
        with self._step("store"):
            for name, written in folded.rows.items():
                state = self._states[name]
                self._store(state, written, confirmed[self._changelog(state).topic])
                metrics.ROWS_WRITTEN.labels(name).inc(len(written))
        self._kit.failpoint.passed(Point.AFTER_STORE)
        metrics.EVENTS.labels(self.agent.name).inc(folded.events)
        self.rejected += folded.rejected
        self.done_offset = folded.last_offset

    def _load(self, table: Table[Any], key: bytes) -> Row:
        row: Row = self._states[table.name].get(key)
        return row

    def _send(self, publication: Publication, work: Work, letters: list[DeadLetter]) -> dict[str, list[Written[Any]]]:
        rows: defaultdict[str, list[Written[Any]]] = defaultdict(list)
        for table, key, row in work.changes():
            rows[table.name].append((key, row, self._states[table.name].encode(row)))
        for name, written in rows.items():
            changelog = self._changelog(self._states[name])
            publication.send_rows(*changelog, [(key, encoded) for key, _, encoded in written])
        for topic, emissions in groupby(work.emissions, key=attrgetter("topic")):
            forwarded = ((each.key, each.value, [(ORIGIN, each.origin.encode())]) for each in emissions)
            publication.forward(self._kit.generation.name(topic), self._kit.limits.partitions, forwarded)
        sent = [
            (letter.key, self._kit.codecs.of(self._letters).encode(letter))
            for letter in letters
            if self._keeps(letter)
        ]
        publication.send_rows(self._letters.name, self.partition, sent)
        return rows

    def _keeps(self, letter: DeadLetter) -> bool:
        """Log and count a letter; return whether it is to be sent. Raises BadRecordError where the policy says so."""
        place = f"{letter.topic}/{letter.partition} offset {letter.offset}"
        log.warning("bad record at %s: %s: %s", place, letter.reason, letter.detail)
        policy = self._kit.settings.bad_records
        if policy is BadRecords.FAIL:
            raise BadRecordError(
                f"{place}: {letter.reason}: {letter.detail}; TIDELINE_WORKER_BAD_RECORDS=fail stops the worker here"
            )
        metrics.DEAD_LETTERS.labels(letter.topic, letter.reason).inc()
        return policy is BadRecords.QUARANTINE

    def _changelog(self, state: TableState[Any]) -> Partition:
        return Partition(self._kit.generation.name(state.table.changelog), self.partition)

    def _store(self, state: TableState[Any], rows: Iterable[Written[Any]], confirmed: Confirmed) -> None:
        """Store rows that the changelog has; where a zombie's records lie between, write over those first.

        A worker that was stopped after it had asked whether the partition is its own wrote them when it woke. Views
        and restores refuse such a record as long as they see the newer one before it, but compaction keeps the last.
        """
        while confirmed.end - state.position != confirmed.records:
            log.warning("%s/%d: somebody else has written to the changelog", *self._changelog(state))
            state.catch_up(self._kit.reader, self._changelog(state), self.done_offset + 1)
            if not state.overwritten:
                return
            rows, confirmed = (), self._send_again(state)
        state.write(rows, confirmed.end)

    def _send_again(self, state: TableState[Any]) -> Confirmed:
        self._check_owner()
        publication = Publication(self._kit.producer, self._withdrawn)
        changelog = self._changelog(state)
        publication.send_rows(*changelog, list(state.stored(state.overwritten)))
        confirmed = publication.confirm()[changelog.topic]
        metrics.ROWS_RECLAIMED.labels(state.table.name).inc(confirmed.records)
        log.warning("%s/%d: %d rows written again over a zombie's", *changelog, confirmed.records)
        return confirmed

    def _check_owner(self) -> None:
        """Refuse to write when the partition may have another owner by now.

        A worker that was stopped past its session timeout and continued would write rows older than its
        successor's, and compaction would keep those.
        """
        if self._withdrawn() or not self._kit.pulse.beats():
            raise PartitionLostError(f"{self.agent.source.name}/{self.partition} may have another owner by now")

    def _step(self, step: str) -> Any:
        return metrics.STEP_SECONDS.labels(self.agent.name, step).time()
