"""Vector sink: `item.vector.v1` and `user.vector.v1`, in Milvus.

The content of a collection is a function of the log's records: under one id the latest counts. Positions are stored
with the collections, so that a Milvus that was lost, or restored from a copy, is filled again from where it stands.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from threading import Event
from typing import Final

import numpy as np

from agents.errors import SinkUnavailableError
from agents.sinks import metrics
from agents.sinks.collections import Collection, Collections
from schemas.errors import RegistryUnavailableError
from schemas.loading import Codecs
from schemas.model_records import Vector, VectorSet, VectorSubject
from schemas.packing import unpack_floats
from schemas.tenancy import TenantKey
from topics.catalog import VECTOR_SETS
from topics.errors import BrokerUnavailableError, StalledError
from topics.offsets import Partition
from topics.reader import Batch, LogReader
from topics.rows import Change, RowDecoder
from topics.vector_store import VectorSpace
from topics.vectors import TOPIC_OF

_LOG = logging.getLogger(__name__)

_SETTLE_S: Final = 1.0
_SETTLE_ALL_S: Final = 30.0
"""How often collections that nothing is written to any more are told how far the others are: a restart begins at the
least position."""

_SUBJECT_OF: Final[Mapping[str, VectorSubject]] = {topic.name: VectorSubject(s) for s, topic in TOPIC_OF.items()}


@dataclass
class _Batch:
    """What a batch does to one collection: under an id the latest counts."""

    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)


class VectorSink:
    """Writes vectors to Milvus; lets a version answer once all of its vectors are there; drops those of old ones."""

    def __init__(self, reader: LogReader, codecs: Codecs, collections: Collections) -> None:
        """Take the log, codecs for `topics.vectors.SUBJECTS`, and Milvus."""
        self._reader = reader
        self._collections = collections
        self._decoder = RowDecoder(codecs.codec_for(TOPIC_OF[VectorSubject.ITEM].subject, Vector), codecs.fetch)
        self._set_decoder = RowDecoder(codecs.codec_for(VECTOR_SETS.subject, VectorSet), codecs.fetch)
        self._live: defaultdict[VectorSpace, dict[str, Collection]] = defaultdict(dict)
        self._positions: dict[Partition, int] = {}
        self._dirty: set[str] = set()
        """Names of the collections that were written to since that was made to last."""

        self._sets: dict[VectorSpace, VectorSet] = {}
        self._answering: dict[VectorSpace, str] = {}

    def follow(self, stop: Event, retry_s: float) -> None:
        """Write what comes until `stop` is set; while the broker or Milvus is away, try again every `retry_s`."""
        while not stop.is_set():
            try:
                self.run(stop)
            except (SinkUnavailableError, BrokerUnavailableError, RegistryUnavailableError, StalledError) as error:
                metrics.RETRIES.inc()
                _LOG.warning("vectors wait for %g s: %s", retry_s, error)
                stop.wait(retry_s)

    def run(self, stop: Event) -> None:
        """Write what comes from where Milvus stands, until `stop` is set.

        Raises SinkUnavailableError, or TopicsError: called again, it goes on from where Milvus stands then.
        """
        positions = self._begin()
        settle_at, settle_all_at = time.monotonic() + _SETTLE_S, time.monotonic() + _SETTLE_ALL_S
        for batch in self._reader.read(positions, stop=stop):
            if batch.partition.topic == VECTOR_SETS.name:
                self._take_sets(batch)
            else:
                self._take(batch)
            # A partition's end is met once all that there was is written: then and every second it is made to last.
            if not batch.records or time.monotonic() >= settle_at:
                everything = time.monotonic() >= settle_all_at
                self._settle(everything=everything)
                settle_at = time.monotonic() + _SETTLE_S
                settle_all_at = time.monotonic() + _SETTLE_ALL_S if everything else settle_all_at
        self._settle(everything=True)

    def _begin(self) -> dict[Partition, int]:
        """Ask Milvus what it holds; return where to read from."""
        offsets = self._reader.offsets
        starts = offsets.start(chain.from_iterable(offsets.partitions(topic.name) for topic in TOPIC_OF.values()))
        known = self._collections.all()
        self._live, self._dirty, self._sets = defaultdict(dict), set(), {}
        self._answering, self._positions = {}, {}
        for collection, positions in known.items():
            self._live[collection.space][collection.version] = collection
            for at in starts:
                if _SUBJECT_OF[at.topic] == collection.space.subject:
                    reached = max(positions.get(at, 0), starts[at])
                    self._positions[at] = min(self._positions.get(at, reached), reached)
        self._positions = {at: self._positions.get(at, start) for at, start in starts.items()}
        return {**self._positions, **offsets.start(offsets.partitions(VECTOR_SETS.name))}

    def _take_sets(self, batch: Batch) -> None:
        for record in batch.records:
            change = self._set_decoder.change(record.key(), record.value())
            if change is not None and change.row is not None:
                found = change.row
                self._sets[VectorSpace(found.tenant_id, found.subject, found.model)] = found

    def _take(self, batch: Batch) -> None:
        changes: defaultdict[Collection, _Batch] = defaultdict(_Batch)
        latest = {record.key(): record.value() for record in batch.records}
        for key, value in latest.items():
            change = self._decoder.change(key, value)
            if change is None:
                metrics.REFUSED.labels(batch.partition.topic).inc()
            else:
                self._sort_in(change, batch.partition, changes)
        for collection, change_of in changes.items():
            self._collections.delete(collection, list(change_of.gone))
            if change_of.vectors:
                self._collections.upsert(
                    collection, list(change_of.vectors), np.stack(list(change_of.vectors.values()))
                )
            metrics.WRITTEN.labels(collection.space.subject, "deleted").inc(len(change_of.gone))
            metrics.WRITTEN.labels(collection.space.subject, "written").inc(len(change_of.vectors))
            self._dirty.add(collection.name)
        self._positions[batch.partition] = batch.position

    def _sort_in(self, change: Change[Vector], at: Partition, into: Mapping[Collection, _Batch]) -> None:
        space = VectorSpace(change.owner.tenant, _SUBJECT_OF[at.topic], change.chunk)
        if change.row is None:
            for collection in self._live.get(space, {}).values():
                into[collection].gone[change.owner.id] = None
            return
        try:
            vector = _checked(change.owner, change.chunk, change.row)
            into[self._collection(space, change.row, len(vector))].vectors[change.owner.id] = vector
        except ValueError as error:
            metrics.REFUSED.labels(at.topic).inc()
            _LOG.error("the vector under %r of %s is left out: %s", change.key, at.topic, error)

    def _collection(self, space: VectorSpace, row: Vector, dimension: int) -> Collection:
        """Return the collection of the vector's version, made now if need be."""
        there = self._live[space]
        found = there.get(row.version)
        if found is None:
            found = Collection(space, row.version, row.number, dimension)
            self._create(found)
        elif row.number > found.number:  # released again: a rollback
            found = there[row.version] = replace(found, number=row.number)
        if found.dimension != dimension:
            raise ValueError(f"it has {dimension} numbers, the others of version {row.version} {found.dimension}")
        return found

    def _create(self, collection: Collection) -> None:
        self._collections.create(collection, self._positions_of(collection.space))
        self._live[collection.space][collection.version] = collection

    def _positions_of(self, space: VectorSpace) -> dict[Partition, int]:
        return {at: offset for at, offset in self._positions.items() if _SUBJECT_OF[at.topic] == space.subject}

    def _settle(self, *, everything: bool) -> None:
        """Make last what was written, and let complete versions answer."""
        live = [collection for versions in self._live.values() for collection in versions.values()]
        for collection in live:
            written = collection.name in self._dirty
            if written or everything:
                self._collections.settle(collection, self._positions_of(collection.space), written=written)
        self._dirty.clear()
        for space, vectors in self._sets.items():
            self._complete(space, vectors)

    def _complete(self, space: VectorSpace, vectors: VectorSet) -> None:
        if not self._reached(vectors) or self._answering.get(space) == space.collection(vectors.version):
            return
        collection = self._live[space].get(vectors.version)
        if collection is None:  # of a model that has nothing to say of any
            collection = Collection(space, vectors.version, vectors.number, vectors.dimension)
            self._create(collection)
        self._collections.answer(collection)
        self._answering[space] = collection.name
        _LOG.info("vectors of %s by %s %s answer", space.subject, space.model, vectors.version)
        others = [each for each in self._live[space].values() if each.name != collection.name]
        old = [each for each in others if each.number < vectors.number]
        for each in sorted(old, key=lambda one: one.number)[:-1]:  # the newest of them stays, for a rollback
            del self._live[space][each.version]
            self._dirty.discard(each.name)
            self._collections.drop(each)

    def _reached(self, vectors: VectorSet) -> bool:
        """Return whether all vectors of the set are written."""
        return all(
            self._positions.get(Partition(topic, int(number)), 0) >= offset
            for (topic, _, number), offset in ((name.rpartition("/"), end) for name, end in vectors.written.items())
        )


def _checked(owner: TenantKey, model: str, row: Vector) -> np.ndarray:
    """Return the vector; raise ValueError if it is none, or not the one that its key names."""
    if (row.tenant_id, row.id, row.model) != (owner.tenant, owner.id, model):
        raise ValueError(f"it is of {row.tenant_id}/{row.id} by {row.model}")
    vector = unpack_floats(row.values)
    if not len(vector) or not np.isfinite(vector).all():
        raise ValueError("it is empty, or has numbers that are not finite")
    return vector
