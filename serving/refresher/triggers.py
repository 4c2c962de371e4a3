"""Triggers: which events have a list made, each user's once, and how far the log is done. Pure: reads no clock."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.records import BehaviorEvent


class Wanted(NamedTuple):
    """Whose list, and for which scenario."""

    tenant: str
    user: str
    scenario: str


class Telling:
    """Decides which events tell enough of a user to have a list made.

    The count of a session is of this process: after a restart it begins anew, and a list is made some events later.
    """

    def __init__(self, actions: Collection[str], every: int, session_gap_s: float, most: int) -> None:
        """Take the actions that tell, and every how manieth event of a session does; count `most` users at once."""
        self._actions = frozenset(actions)
        self._every = every
        self._gap_ms = session_gap_s * 1000
        self._most = most
        self._sessions: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def tells(self, event: BehaviorEvent) -> bool:
        """Return whether the event has a list made."""
        nth = self._nth(event)
        return event.action in self._actions or (self._every > 0 and nth % self._every == 0)

    def _nth(self, event: BehaviorEvent) -> int:
        """Return the event's number in its session, from 1, in the order of the log."""
        at = event.tenant_id, event.user_id
        latest, count = self._sessions.pop(at, (event.event_time, 0))
        count = 1 if abs(event.event_time - latest) > self._gap_ms else count + 1
        self._sessions[at] = max(latest, event.event_time), count
        if len(self._sessions) > self._most:
            self._sessions.popitem(last=False)
        return count


@dataclass
class _Entry:
    """The events of one user that one list answers, of one partition."""

    partition: int
    first: int
    last: int


@dataclass
class Pending:
    """What is still to be made, and so how far the log is done: a restart goes on there.

    A list that is under way answers the events that it was begun for; one that comes meanwhile has another made after
    it, so that of one user and scenario two are never made at once.
    """

    _waiting: dict[Wanted, _Entry] = field(default_factory=dict)
    _under_way: dict[Wanted, _Entry] = field(default_factory=dict)
    _read: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._under_way)

    def add(self, wanted: Wanted, partition: int, offset: int) -> bool:
        """Take in an event; return whether it is the first that waits, so that somebody has to begin with it."""
        entry = self._waiting.get(wanted)
        if entry is None:
            self._waiting[wanted] = _Entry(partition, offset, offset)
            return True
        entry.first, entry.last = min(entry.first, offset), max(entry.last, offset)
        return False

    def read(self, partition: int, position: int) -> None:
        """Note the next offset that will be read."""
        self._read[partition] = position

    def begin(self, wanted: Wanted) -> tuple[int, int] | None:
        """Return partition and offset of the last event that the list has to answer.

        None if nothing waits, or if one is under way: whoever ends that is to begin again.
        """
        entry = None if wanted in self._under_way else self._waiting.pop(wanted, None)
        if entry is None:
            return None
        self._under_way[wanted] = entry
        return entry.partition, entry.last

    def end(self, wanted: Wanted) -> None:
        """Note that the list which was begun was made, or given up."""
        self._under_way.pop(wanted, None)

    def lose(self, partitions: Iterable[int]) -> None:
        """Forget what is of these partitions: another process reads them now."""
        for partition in set(partitions):
            self._read.pop(partition, None)
            for entries in (self._waiting, self._under_way):
                for wanted in [wanted for wanted, entry in entries.items() if entry.partition == partition]:
                    del entries[wanted]

    def done(self) -> dict[int, int]:
        """Return, by partition, the offset before which every event was answered."""
        found = dict(self._read)
        for entries in (self._waiting, self._under_way):
            for entry in entries.values():
                if entry.partition in found:
                    found[entry.partition] = min(found[entry.partition], entry.first)
        return found
