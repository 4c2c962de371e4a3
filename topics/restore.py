"""Bring a replica to the end of its changelog, in bulk."""

import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

from topics.moments import now_ms
from topics.offsets import Partition
from topics.reader import PATIENCE_S, LogReader
from topics.replica import Mark, Replica
from topics.topic import TOMBSTONES_KEPT_MS

_LOG = logging.getLogger(__name__)

Accept = Callable[[bytes, bytes | None], bool]
"""Whether a changelog record may replace the row that is there: (old, new) -> bool; new is None to delete it.

A worker that was paused until others took over its partitions may still write when it wakes. Whoever knows the rows
refuses what is behind the row that it would replace (`applied`)."""

Progress = Callable[[int, int], None]
"""Told (done, total) in offsets of the changelog, after each batch."""


class Restored(NamedTuple):
    """What a restore did."""

    records: int
    """Changelog records that were read."""

    refused: frozenset[bytes]
    """Keys whose last record `accept` refused: the changelog's end tells less of them than the replica."""

    position: int
    """Where the replica is now: the end of the changelog, as it was when the restore began."""

    restarted: str
    """Why the replica was wiped first; empty where it went on from its own position."""

    log_start: int
    """First offset of the changelog. Compaction never moves it: above 0, records were deleted, so that rows may be
    missing, and the table must be rebuilt from its sources."""


def restore(
    replica: Replica,
    reader: LogReader,
    partition: Partition,
    *,
    progress: Progress = lambda done, total: None,
    accept: Accept | None = None,
    patience_s: float = PATIENCE_S,
) -> Restored:
    """Read the changelog from the replica's position to its present end into the replica; blocks until then.

    A replica that cannot be continued is wiped and starts again: `Restored.restarted` says why.

    Raises:
        StalledError: nothing arrived for `patience_s`; what was read so far is stored.
        StoreError: the disk is full or fails.
        MissingTopicError, BrokerUnavailableError, BrokerRefusedError: as they say.
    """
    source = reader.offsets.topic_id(partition.topic)
    end = reader.offsets.end([partition])[partition]
    start = reader.offsets.start([partition])[partition]
    restarted = why_not_continue(replica.mark, source, start, end, now_ms())
    if restarted:
        _LOG.warning("replica of %s/%d starts again: %s", *partition, restarted)
    if restarted or replica.mark.source != source:
        replica.wipe(source)
    first = max(replica.position, start)
    if first > replica.position:
        replica.write((), first)
    records = 0
    refused: set[bytes] = set()
    for batch in reader.read({partition: first}, {partition: end}, patience_s=patience_s):
        rows = [(record.key(), record.value()) for record in batch.records]
        replica.write(rows if accept is None else _accepted(replica, rows, accept, refused), batch.position)
        records += len(batch.records)
        progress(batch.position - first, end - first)
    if start > 0:
        _LOG.warning("%s/%d begins at %d: records were deleted, rows may be missing", *partition, start)
    return Restored(records, frozenset(refused), replica.position, restarted, start)


def _accepted(
    replica: Replica, rows: list[tuple[bytes, bytes | None]], accept: Accept, refused: set[bytes]
) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the rows that are accepted; keep `refused` to the keys whose last one was not."""
    keys = list({key for key, _ in rows})
    present = dict(zip(keys, replica.multi_get(keys), strict=True))
    for key, new in rows:
        old = present[key]
        if old is None or accept(old, new):
            present[key] = new
            refused.discard(key)
            yield key, new
        else:
            refused.add(key)


def why_not_continue(mark: Mark, source: str, start: int, end: int, now: int) -> str:
    """Return why a replica with this mark cannot go on, or an empty string.

    Args:
        mark: the replica's.
        source: the broker's id of the topic as it is now.
        start: first offset of the changelog.
        end: next offset of the changelog.
        now: milliseconds since 1970.
    """
    if mark.position == 0:
        return ""
    if mark.source != source:
        return "the topic was deleted and made anew"
    if mark.position > end:
        return f"its position {mark.position} lies beyond the end of the log, {end}"
    if mark.position < start:
        return f"records from its position {mark.position} to {start} were deleted"
    if mark.position < end and mark.written_at + TOMBSTONES_KEPT_MS < now:
        return "it is so old that the broker may have removed tombstones it has not seen"
    return ""
