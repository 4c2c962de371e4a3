"""Sourced: an event with its place in the log; and the fence that keeps a redelivered event out of a row."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from schemas.records import Row

E = TypeVar("E")


class Sourced(Struct, Generic[E], frozen=True, gc=False):
    """An event and where it stood in the log first, whatever topics it has travelled through since.

    `partition` and `offset` are its place in the event topic, so they are the same however often and by whichever
    way it is delivered. `id_hash` is `schemas.hashing.id_hash` of its event id, computed once for all folds.
    """

    event: E
    partition: int
    offset: int
    id_hash: int


def fresh(row: Row, events: Sequence[Sourced[E]]) -> tuple[list[Sourced[E]], dict[str, int]]:
    """Return the events that the row does not hold yet, and `applied` as it stands once they are folded in.

    The events of one source partition must come in the order of their offsets, over calls and within one: the fence
    is the last offset alone, so an earlier event that comes after a later one is taken for a redelivery and lost.
    """
    applied = row.applied.copy()
    new = []
    partition, name, last = -1, "", -1
    for sourced in events:
        if sourced.partition != partition:  # mostly one partition for all, or long runs of one
            partition = sourced.partition
            name = str(partition)
            last = applied.get(name, -1)
        if sourced.offset > last:
            applied[name] = last = sourced.offset
            new.append(sourced)
    return new, applied
