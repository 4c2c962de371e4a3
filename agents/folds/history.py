"""History: five minutes of what a user acted on, and the decision which events count.

An event is accepted if it is the first in the log with its id: the chunk keeps, for each id, the offset that brought
it first. So the decision is a function of the log, and a replay takes it again as it was taken: a redelivery has that
very offset and is accepted again, a duplicate has another and never is. A worker that crashed between writing this
chunk and emitting what it accepted emits on replay what was missing; what did arrive downstream before is told by its
position (`agents.folds.sourced.fresh`).

The limit: one id must name one event. Where a client gives an id to two different events of one chunk, the first in
the log counts, and which one that is depends on its order; in two chunks, both count.

A chunk is written whole for each batch that adds to it, in one record of at most 16 MiB. So it is short: at 32 bytes
an event, five minutes hold 1,700 events a second of one user, a robot's; an hour would hold 145.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from agents.folds.columns import dump, load
from agents.folds.durations import FIVE_MINUTES
from agents.folds.sourced import Sourced
from schemas.records import ACTION_INDEX, BehaviorEvent, UserHistory

_NO_ACTS: Final = load("q", bytes(16))


def slot_of(event_time: int) -> int:
    """Return the five minutes, counted from 1970, that a time in milliseconds falls in."""
    return event_time // FIVE_MINUTES


def chunk_of(slot: int) -> str:
    """Return the name of a history's chunk: its slot, as 8 hexadecimal digits."""
    return f"{slot:08x}"


def fold(
    chunk: UserHistory, events: Sequence[Sourced[BehaviorEvent]]
) -> tuple[UserHistory, list[Sourced[BehaviorEvent]]]:
    """Return the chunk with the events folded in, and those of them that are accepted, in their order.

    All must be of the chunk's user and slot, and of one source partition, as its key wills it: offsets of two would
    not tell a redelivery from a duplicate. The chunk is the same object if none of the events is new to it.
    """
    ids = load("Q", chunk.event_ids)
    offsets = load("q", chunk.offsets)
    accepted: list[Sourced[BehaviorEvent]] = []
    new: list[Sourced[BehaviorEvent]] = []
    for sourced in events:
        at = bisect_left(ids, sourced.id_hash)
        if at == len(ids) or ids[at] != sourced.id_hash:
            ids.insert(at, sourced.id_hash)
            offsets.insert(at, sourced.offset)
            new.append(sourced)
            accepted.append(sourced)
        elif offsets[at] == sourced.offset:
            accepted.append(sourced)
    if not new:
        return chunk, accepted
    items, acts = _acted(chunk, new)
    applied = {**chunk.applied, str(new[-1].partition): new[-1].offset}
    after = UserHistory(applied=applied, event_ids=dump(ids), offsets=dump(offsets), items=items, acts=acts)
    return after, accepted


def _acted(chunk: UserHistory, new: Sequence[Sourced[BehaviorEvent]]) -> tuple[list[str], bytes]:
    """Return the items with those of the new events, and their acts: latest time and union of actions commute."""
    items = chunk.items.copy()
    acts = load("q", chunk.acts)  # two numbers an item: its latest time, and its actions, of which no bit is the sign
    for sourced in new:
        event = sourced.event
        at = bisect_left(items, event.item_id)
        if at == len(items) or items[at] != event.item_id:
            items.insert(at, event.item_id)
            acts[2 * at : 2 * at] = _NO_ACTS
        acts[2 * at] = max(acts[2 * at], event.event_time)
        acts[2 * at + 1] |= 1 << ACTION_INDEX[event.action]
    return items, dump(acts)
