"""Wholeness: whether the log still holds what a worker needs, so that it never takes half a table for a whole one."""

from agents.errors import ChangelogLostError, SkippedError, SourceLostError
from topics.moments import now_ms
from topics.offsets import LogOffsets, Partition
from topics.reader import LogReader
from topics.replica import Replica
from topics.restore import why_not_continue


def check_source(reader: LogReader, place: Partition, wanted: int, offered: int) -> None:
    """Refuse a batch that begins beyond the wanted offset if records lay between; blocking where there is a gap.

    Committing it would skip them for ever. Faust's consumer asks for offsets that are gone once, and then reads on
    from the first that is there, without a word; and while partitions come and go, a batch fetched earlier may be
    handed over after those before it were forgotten. A gap without records is harmless: a transaction's markers have
    offsets too.

    Raises:
        SourceLostError: the log does not hold the records any more.
        SkippedError: it does; the worker must begin again at the committed offset.
    """
    if offered <= wanted:
        return
    if (start := reader.offsets.start([place])[place]) > wanted:
        raise SourceLostError(
            f"{place.topic}/{place.number} begins at {start}, but the group has folded it up to {wanted} only: "
            f"{start - wanted} offsets were deleted unread. Put them back, or commit {start} for the group to do "
            "without them"
        )
    if any(batch.records for batch in reader.read({place: wanted}, {place: offered})):
        raise SkippedError(f"{place.topic}/{place.number}: records {wanted} to {offered} were handed over to nobody")


def check_changelog(offsets: LogOffsets, place: Partition, replica: Replica, committed: int) -> None:
    """Refuse to restore a table from a changelog that has lost rows.

    Where the sources are read from their beginning, every row is made anew, so one that was emptied by being made
    anew will do. One that begins above 0 will not: whoever restores from it later could not know that it is whole.

    Args:
        offsets: of the cluster; asking it blocks.
        place: the changelog's partition.
        replica: its local copy, not restored yet.
        committed: next offset that the group reads of the source.

    Raises:
        ChangelogLostError: the table would not be whole.
    """
    mark, source = replica.mark, offsets.topic_id(place.topic)
    start, end = offsets.start([place])[place], offsets.end([place])[place]
    restarts = why_not_continue(mark, source, start, end, now_ms())
    if mark.position and mark.source != source:
        lost = "was deleted and made anew"
    elif mark.position > end:
        lost = f"ends at {end}, but {replica.path} has read it up to {mark.position}"
    elif start > 0 and (restarts or mark.position < start):
        lost = f"begins at {start}: what lay before was deleted, which compaction never does"
    else:
        return
    if committed > 0 or start > 0:
        raise ChangelogLostError(
            f"{place.topic}/{place.number} {lost}, so rows of events before {committed} may be missing. Build the "
            "tables anew with `tideline rebuild`; or delete the topic, run `tideline topics apply`, and set the "
            "group's offsets in its source to 0"
        )
