"""Publisher: the vectors of every released model, in the log, for as long as it runs.

It reads the tables' changelogs from where each model's vectors have come to; from the beginning for a model that is
new. What is made is a function of the rows, and keys decide where it lands, so that what is made again does no harm.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from threading import Event
from typing import Any, Final

from schemas.loading import Codecs
from schemas.model_records import ModelRelease, Vector, VectorSet, VectorSubject
from schemas.records import Item, Record, UserActivity, UserProfile
from schemas.tenancy import TenantKey
from topics.catalog import GENERATIONS, MODEL_RELEASES
from topics.changelogs import ITEM, USER_ACTIVITY, USER_PROFILE
from topics.generation import Generation, catalog_name
from topics.generations import SUBJECTS as GENERATION_SUBJECTS
from topics.generations import Generations
from topics.moments import now_ms
from topics.offsets import Partition
from topics.producer import LogProducer
from topics.reader import Batch, LogReader
from topics.releases import SUBJECTS as RELEASE_SUBJECTS
from topics.releases import Releases, current
from topics.rows import Change, RowDecoder
from topics.topic import Topic
from topics.vectors import SUBJECTS as VECTOR_SUBJECTS
from topics.vectors import TOPIC_OF, VectorSets
from training.artifact.store import ModelStore
from training.errors import TrainingError
from training.vectors.maker import TABLES, Made, Maker, maker_of

_LOG = logging.getLogger(__name__)

_READ: Final = (ITEM, USER_ACTIVITY, USER_PROFILE)
_TOLD: Final = (MODEL_RELEASES, GENERATIONS)
"""What begins a new round: other models, or other tables."""

_CHECKPOINT_S: Final = 10.0

SUBJECTS: Final[dict[str, type[Record]]] = {
    **{topic.subject: topic.record for topic in _READ},
    **RELEASE_SUBJECTS,
    **GENERATION_SUBJECTS,
    **VECTOR_SUBJECTS,
}
"""What a publisher needs codecs for."""

Report = Callable[[int, int], None]
"""Told how many records of the tables were read, and how many there were when the round began."""


@dataclass
class _Line:
    """A model whose vectors are made."""

    maker: Maker
    read: dict[Partition, int]
    """By partition of the tables, the first offset that no vector was made of."""

    goal: Mapping[Partition, int]
    """Where all vectors are there."""

    written: dict[str, dict[str, int]] = field(default_factory=dict)
    """By subject, where the vectors' topic ended when all of them were there first."""

    @property
    def complete(self) -> bool:
        """Whether all rows that there were when the round began have their vectors."""
        return all(self.read[at] >= end for at, end in self.goal.items())


class Publisher:
    """Keeps `item.vector.v1` and `user.vector.v1` as the released models and the tables say."""

    def __init__(
        self, reader: LogReader, codecs: Codecs, store: ModelStore, producer: LogProducer, tenant: str | None = None
    ) -> None:
        """Take the log, codecs for SUBJECTS, where artifacts lie, and a producer that nobody else flushes.

        With a tenant, only its vectors are made.
        """
        self._reader = reader
        self._store = store
        self._producer = producer
        self._tenant = tenant
        self._releases = Releases(reader, codecs)
        self._generations = Generations(reader, codecs)
        self._sets = VectorSets(reader, codecs)
        self._vector = codecs.codec_for(TOPIC_OF[VectorSubject.ITEM].subject, Vector)
        self._decoders: Mapping[str, RowDecoder[Any]] = {
            topic.name: RowDecoder(codecs.of(topic), codecs.fetch) for topic in _READ
        }
        self._erased: dict[TenantKey, int] = {}

    def run(self, stop: Event, *, follow: bool, report: Report = lambda done, all_: None) -> list[VectorSet]:
        """Publish until all vectors of the models that answer are there; with `follow` until `stop` is set.

        Returns:
            The sets that are complete.

        Raises:
            TopicsError: the log cannot be read or written now; run again, it goes on where it was.
            TrainingError: without `follow`, a released model cannot be loaded; else it is passed over, loudly.
        """
        made: list[VectorSet] = []
        while not stop.is_set():
            made = self._round(stop, follow, report)
            if not follow:
                break
        return made

    def _round(self, stop: Event, follow: bool, report: Report) -> list[VectorSet]:
        """Make vectors until told to stop, or that models or tables have changed; return the complete sets."""
        offsets = self._reader.offsets
        told = offsets.end(chain.from_iterable(offsets.partitions(topic.name) for topic in _TOLD))
        generation = self._generations.serving()
        tables = [at for topic in _READ for at in offsets.partitions(generation.name(topic))]
        start, end = offsets.start(tables), offsets.end(tables)
        lines = self._lines(generation, start, end, strict=not follow)
        first = {at: min(line.read[at] for line in lines) for at in tables} if lines else dict(end)
        self._remember_erasures(start, first)
        total, done = sum(end.values()) - sum(first.values()), 0
        checkpoint_at = time.monotonic() + _CHECKPOINT_S
        if not follow and all(line.complete for line in lines):
            return self._checkpoint(lines)
        for batch in self._reader.read({**first, **told}, stop=stop):
            if batch.partition in told:
                if batch.records:
                    break
            else:
                done += batch.position - first[batch.partition]
                first[batch.partition] = batch.position
                self._make(lines, batch)
                report(done, total)
            if not follow and all(line.complete for line in lines):
                break
            fresh = any(line.complete and not line.written for line in lines)
            if fresh or time.monotonic() >= checkpoint_at:
                self._checkpoint(lines)
                checkpoint_at = time.monotonic() + _CHECKPOINT_S
        return self._checkpoint(lines)

    def _lines(
        self, generation: Generation, start: Mapping[Partition, int], end: Mapping[Partition, int], *, strict: bool
    ) -> list[_Line]:
        """Return a line for each model, which begins where its vectors have come to."""
        known, lines = self._sets.all(), []
        for maker in self._makers(strict):
            release, read, written = maker.release, dict(start), {}
            for subject, table in TABLES.items():
                found = known.get((release.tenant_id, subject, release.model))
                if found is None or (found.version, found.number) != (release.version, release.number):
                    continue
                own = {at: found.read[name] for at in start if (name := f"{at.topic}/{at.number}") in found.read}
                # Of another generation's table, or of one that was made anew, the offsets say nothing.
                if any(at.topic == generation.name(table) for at in own) and all(own[at] <= end[at] for at in own):
                    written[subject.value] = dict(found.written)
                    read |= {at: max(read[at], offset) for at, offset in own.items()}
            if len(written) < len(TABLES):
                read, written = dict(start), {}
            lines.append(_Line(maker, read, end, written))
        return lines

    def _makers(self, strict: bool) -> Iterator[Maker]:
        for release in current(self._releases.all()).values():
            if self._tenant not in (None, release.tenant_id):
                continue
            try:
                maker = maker_of(release, lambda one: self._store.get(one.location, one.digest))
                if maker is not None:
                    yield maker
            except TrainingError as error:
                if strict:
                    raise
                _LOG.error("no vectors are made by model %s of tenant %s: %s", release.model, release.tenant_id, error)

    def _remember_erasures(self, start: Mapping[Partition, int], until: Mapping[Partition, int]) -> None:
        """Take in who asked to be forgotten before the round's begin: their older behaviour is in no vector."""
        profiles = {at: offset for at, offset in start.items() if catalog_name(at.topic) == USER_PROFILE.name}
        for batch in self._reader.read(profiles, {at: until[at] for at in profiles}):
            self._erasures(self._changes(USER_PROFILE, batch))

    def _erasures(self, changes: Sequence[Change[UserProfile]]) -> list[TenantKey]:
        """Take in the profiles; return whose erasure is new."""
        fresh = []
        for change in changes:
            if change.row is not None and change.row.erased_at > self._erased.get(change.owner, -1):
                self._erased[change.owner] = change.row.erased_at
                fresh.append(change.owner)
        return fresh

    def _make(self, lines: Sequence[_Line], batch: Batch) -> None:
        at, table = batch.partition, catalog_name(batch.partition.topic)
        behind = [line for line in lines if line.read[at] < batch.position]
        if table == ITEM.name:
            items: list[Change[Item]] = self._changes(ITEM, batch)
            self._send_all(VectorSubject.ITEM, at, (line.maker.items(items) for line in behind))
        elif table == USER_ACTIVITY.name:
            users: list[Change[UserActivity]] = self._changes(USER_ACTIVITY, batch)
            self._send_all(VectorSubject.USER, at, (line.maker.users(users, self._erased_at) for line in behind))
        else:
            gone = self._erasures(self._changes(USER_PROFILE, batch))
            self._send_all(VectorSubject.USER, at, (line.maker.forget(owner) for line in behind for owner in gone))
        for line in behind:
            line.read[at] = batch.position

    def _erased_at(self, owner: TenantKey) -> int:
        return self._erased.get(owner, -1)

    def _changes(self, table: Topic, batch: Batch) -> list[Change[Any]]:
        """Return what the batch leaves under each key."""
        latest = {record.key(): record.value() for record in batch.records}
        decoder = self._decoders[table.name]
        found = (decoder.change(key, value) for key, value in latest.items())
        return [change for change in found if change is not None]

    def _send_all(self, subject: VectorSubject, at: Partition, made: Iterator[Iterator[Made]]) -> None:
        topic = TOPIC_OF[subject].name
        for key, record in chain.from_iterable(made):
            value = None if record is None else self._vector.encode(record)
            # Into the partition of the row: who reads one reads all of an item's or a user's.
            self._producer.send(topic, key, value, partition=at.number)

    def _checkpoint(self, lines: Sequence[_Line]) -> list[VectorSet]:
        """Wait until all that was sent is in the log, and say of the complete models how far they are."""
        self._producer.flush()
        made = []
        for line in lines:
            if not line.complete:
                continue
            for subject, table in TABLES.items():
                made.append(self._set(line, subject, table))
                self._sets.publish(self._producer, made[-1])
        return made

    def _set(self, line: _Line, subject: VectorSubject, table: Topic) -> VectorSet:
        if subject not in line.written:
            partitions = self._reader.offsets.partitions(TOPIC_OF[subject].name)
            line.written[subject] = _named(self._reader.offsets.end(partitions))
        of_users = (table.name, USER_PROFILE.name) if subject is VectorSubject.USER else (table.name,)
        release: ModelRelease = line.maker.release
        return VectorSet(
            tenant_id=release.tenant_id,
            subject=subject,
            model=release.model,
            version=release.version,
            number=release.number,
            dimension=line.maker.embedder.dimension,
            written=line.written[subject],
            read=_named({at: offset for at, offset in line.read.items() if catalog_name(at.topic) in of_users}),
            made_at=now_ms(),
        )


def _named(offsets: Mapping[Partition, int]) -> dict[str, int]:
    return {f"{at.topic}/{at.number}": offset for at, offset in offsets.items()}
